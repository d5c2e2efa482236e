/**
 * Lines as AWS writes them, from the pages that describe them: what no test of ours can produce. The API's own lines are
 * taken from the API.
 */
export const LINES = {
  /** Aurora user guide, "Aurora PostgreSQL database log files": `log_line_prefix` is `%t:%r:%u@%d:[%p]:`. */
  database: [
    "2026-11-28 17:03:11 UTC:10.0.32.17(41234):catalog@catalog:[712]:LOG:  duration: 1312.117 ms  statement: SELECT 1",
    "2026-11-28 17:03:12 UTC:10.0.32.17(41240):catalog@catalog:[713]:LOG:  connection authorized: user=catalog database=catalog application_name=catalog-api-dev SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)",
  ],
  /** CloudFront developer guide, "Standard logging reference", JSON. */
  edge: [
    JSON.stringify({
      date: "2026-11-28",
      time: "17:03:11",
      "x-edge-location": "ARN54-P1",
      "sc-bytes": "2390",
      "c-ip": "203.0.113.7",
      "cs-method": "GET",
      "cs(Host)": "d111111abcdef8.cloudfront.net",
      "cs-uri-stem": "/v1/products",
      "sc-status": "403",
      "x-edge-result-type": "Error",
      "x-edge-request-id": "k6WGMNkEzR5BEM_SaF47gjtX9zBDO2m349OY2an0QPEaUum1ZOLrow==",
      "time-taken": "0.003",
    }),
  ],
  /** CloudWatch Logs user guide, "Supported logs and discovered fields": VPC flow logs. */
  network: [
    JSON.stringify({
      version: 2,
      accountId: "123456789012",
      interfaceId: "eni-1235b8ca123456789",
      srcAddr: "10.0.32.17",
      dstAddr: "10.0.48.9",
      srcPort: 20641,
      dstPort: 22,
      protocol: 6,
      action: "REJECT",
    }),
  ],
  /** CloudWatch user guide, "Container Insights performance log events for Amazon ECS": a Task event. */
  insights: [
    JSON.stringify({
      Type: "Task",
      TaskId: "1234567890abcdef",
      ClusterName: "cluster-dev",
      CpuUtilized: 12.3,
      CpuReserved: 1024,
      MemoryUtilized: 152,
      MemoryReserved: 2048,
    }),
  ],
  /** ECS developer guide, "Task state change events". */
  events: [
    JSON.stringify({
      source: "aws.ecs",
      "detail-type": "ECS Task State Change",
      detail: {
        lastStatus: "STOPPED",
        stopCode: "EssentialContainerExited",
        stoppedReason: "Essential container in task exited",
        containers: [{ name: "api", exitCode: 137 }],
      },
    }),
  ],
} as const;
