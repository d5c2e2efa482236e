/** What there is to do, in the order in which somebody comes to it. */
export const MAP = {
  "Run it here:": {
    start: "Run the synthesised stack on this machine: edge, load balancer, tasks, database",
    drill: "Cause a fault on purpose, under load, and check what must hold",
    api: "Run the API alone, on a local PostgreSQL with a sample catalogue",
  },
  "Check it:": {
    synth: "Write the Terraform JSON of the stack",
    check: "Check the stack, and a plan of it, against every rule",
    scan: "Let an outside scanner, checkov, read the stack",
    rehearse: "Deploy to a local AWS API with the real Terraform, and destroy it again",
  },
  "Deploy it:": {
    bootstrap: "Make the bucket and the lock table of the Terraform state",
    image: "Build the API's image, push it to ECR, and print its reference",
    estimate: "Estimate how long a deployment takes, and what it costs",
    forecast: "Play a sale on the stack: what it would refuse, and the settings that carry it",
    policy: "Print the IAM policy that whoever deploys needs",
    preflight: "Ask AWS whether a deployment can succeed, before one begins",
    plan: "Say in words what a deployment would change",
    deploy: "Plan, confirm, apply with ECS's events beside it, and verify",
    adopt: "Bring what a killed apply made but did not record into the state",
    rotate: "Make a new database password, write key or origin token",
    rollback: "Go back to the last image that held",
    restore: "Get data back: the database as it was, beside the one that serves",
    status: "Show a live environment on one screen",
    destroy: "Take an environment away, and see what is left",
    leftovers: "List what exists of an environment, each with the command that removes it",
  },
  "Fill it:": {
    seed: "Fill a database with a sample catalogue",
    import: "Import a catalogue of your own through the API",
    export: "Write the whole catalogue into a file that the import takes back",
  },
} as const satisfies Record<string, Record<string, string>>;
