import type { TerraformResource } from "cdktn";
import type { CloudfrontDistributionOrigin } from "../bindings.ts";
import type { Duration, IDependable } from "../core/index.ts";
import type { ApplicationListener } from "../elbv2/index.ts";

export interface LoadBalancerV2OriginProps {
  readonly originId: string;
  /** Headers that CloudFront adds to every request, over what the viewer sent. */
  readonly customHeaders: Record<string, string>;
  /**
   * How long CloudFront waits for the first byte, 1–60 s.
   * @default - CloudFront's 30 s
   */
  readonly readTimeout?: Duration;
  /**
   * How long an idle connection to the origin is kept, 1–60 s; shorter than the balancer's idle time-out, so that
   * CloudFront is the one to close it.
   */
  readonly keepaliveTimeout: Duration;
  /**
   * Host name that the listener's certificate is for, pointed at the balancer by the user's DNS.
   * @default - the balancer's own name, which no certificate can be for
   */
  readonly domainName?: string;
}

/** A listener of an application load balancer as the origin: HTTPS when the listener speaks it. */
export class LoadBalancerV2Origin implements IDependable {
  readonly originId: string;
  readonly #listener: ApplicationListener;
  readonly #props: LoadBalancerV2OriginProps;

  constructor(listener: ApplicationListener, props: LoadBalancerV2OriginProps) {
    this.originId = props.originId;
    this.#listener = listener;
    this.#props = props;
  }

  /** The distribution must not send a header before the listener lets it through. */
  get dependables(): readonly TerraformResource[] {
    return this.#listener.dependables;
  }

  render(): CloudfrontDistributionOrigin {
    const { port, loadBalancer } = this.#listener;
    return {
      originId: this.originId,
      domainName: this.#props.domainName ?? loadBalancer.loadBalancerDnsName,
      connectionAttempts: 3,
      connectionTimeout: 5,
      customHeader: Object.entries(this.#props.customHeaders).map(([name, value]) => ({ name, value })),
      customOriginConfig: {
        httpPort: 80,
        httpsPort: 443,
        originProtocolPolicy: port.number === 443 ? "https-only" : "http-only",
        originSslProtocols: ["TLSv1.2"],
        originReadTimeout: this.#props.readTimeout?.toSeconds() ?? 30,
        originKeepaliveTimeout: this.#props.keepaliveTimeout.toSeconds(),
      },
    };
  }
}
