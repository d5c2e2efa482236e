import { Metric, type MetricOptions } from "../cloudwatch/index.ts";
import { Duration } from "../core/index.ts";

/** A certificate of AWS Certificate Manager that somebody has made already. */
export class Certificate {
  static fromCertificateArn(certificateArn: string): Certificate {
    return new Certificate(certificateArn);
  }

  readonly certificateArn: string;

  private constructor(certificateArn: string) {
    this.certificateArn = certificateArn;
  }

  /** Days until it runs out; AWS says it twice a day, in the certificate's region. */
  metricDaysToExpiry(options?: MetricOptions & { readonly region?: string }): Metric {
    return new Metric({
      namespace: "AWS/CertificateManager",
      metricName: "DaysToExpiry",
      statistic: "Minimum",
      dimensions: { CertificateArn: this.certificateArn },
      period: Duration.days(1),
      ...options,
    });
  }
}
