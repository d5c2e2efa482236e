// What users of the generated Go client do; built and run by test/clients/clients.test.ts, which generates the package
// catalog beside it.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"catalog.example/client/generated"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func must(holds bool, what string, values ...any) {
	if !holds {
		log.Fatalf("%s: %v", what, values)
	}
}

func text(value string) *string { return &value }

func product(slug string) catalog.ProductInput {
	return catalog.ProductInput{
		Slug: slug, Name: "Lamp " + slug, Brand: "Gopher",
		Variants: []catalog.VariantInput{{Sku: strings.ToUpper(slug), Prices: catalog.Prices{"EUR": 4900}}},
	}
}

func main() {
	ctx := context.Background()
	key := func(_ context.Context, request *http.Request) error {
		request.Header.Set("X-Api-Key", os.Getenv("API_KEY"))
		return nil
	}
	client, err := catalog.NewClientWithResponses(os.Getenv("BASE_URL"), catalog.WithRequestEditorFn(key))
	check(err)

	slugs := []string{"go-a", "go-b", "go-c"}
	for _, slug := range slugs {
		made, err := client.PutProductWithResponse(ctx, slug, &catalog.PutProductParams{IfNoneMatch: text("*")}, product(slug))
		check(err)
		must(made.StatusCode() == 201, "create", string(made.Body))
	}

	var found []string
	limit, sort := 2, catalog.PRICEASCENDING
	for cursor := (*string)(nil); ; {
		page, err := client.ListProductsWithResponse(ctx, &catalog.ListProductsParams{
			Brand: &[]string{"Gopher"}, Sort: &sort, Limit: &limit, Cursor: cursor,
		})
		check(err)
		must(page.JSON200 != nil, "list", string(page.Body))
		for _, each := range page.JSON200.Items {
			item, err := each.AsItem()
			check(err)
			found = append(found, item.Slug)
		}
		if cursor = page.JSON200.NextCursor; cursor == nil {
			break
		}
	}
	must(strings.Join(found, " ") == strings.Join(slugs, " "), "page through", found)

	search, err := client.SearchProductsWithResponse(ctx, &catalog.SearchProductsParams{Q: "lamp"})
	check(err)
	must(len(search.JSON200.Items) >= 3, "search", string(search.Body))

	read, err := client.GetProductWithResponse(ctx, "go-a", &catalog.GetProductParams{})
	check(err)
	etag := catalog.PatchProductParams{IfMatch: read.HTTPResponse.Header.Get("ETag")}
	changed, err := client.PatchProductWithResponse(ctx, "go-a", &etag, catalog.ProductPatch{Name: text("Changed")})
	check(err)
	must(changed.JSON200 != nil && changed.JSON200.Name == "Changed", "change", string(changed.Body))
	stale, err := client.PatchProductWithResponse(ctx, "go-a", &etag, catalog.ProductPatch{Name: text("Again")})
	check(err)
	must(stale.ApplicationproblemJSON412 != nil, "a stale ETag is a typed 412", string(stale.Body))

	price := 3900
	rows := []catalog.BulkRowInput{{Sku: "GO-A", Prices: &catalog.PricesPatch{"EUR": &price}}, {Sku: "GO-NEW"}}
	batch, err := client.UpsertVariantsWithResponse(ctx, &catalog.UpsertVariantsParams{}, catalog.BulkRequest{Rows: rows})
	check(err)
	must(batch.JSON200 != nil && batch.JSON200.Updated == 1 && batch.JSON200.Failed == 1, "batch", string(batch.Body))
	lines := strings.NewReader("{\"sku\":\"GO-A\",\"prices\":{\"EUR\":3900}}\n{\"sku\":\"GO-NEW\"}\n")
	again, err := client.UpsertVariantsWithBodyWithResponse(ctx, &catalog.UpsertVariantsParams{}, "application/x-ndjson", lines)
	check(err)
	must(again.JSON200 != nil && again.JSON200.Unchanged == 1, "lines", string(again.Body))

	for _, slug := range slugs {
		gone, err := client.DeleteProductWithResponse(ctx, slug, &catalog.DeleteProductParams{IfMatch: "*"})
		check(err)
		must(gone.StatusCode() == 204, "delete", string(gone.Body))
	}
	fmt.Println("done")
}
