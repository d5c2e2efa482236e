/** Secrets, certificates and DNS. */
import { awsError } from "../../support/fake-aws.ts";
import { type Cause, fails, NOW, ofOrigin } from "./clean.ts";

export const NAMES: Record<string, Cause> = {
  "a secret's name that waits for deletion": {
    answers: {
      DescribeSecretCommand: ({ SecretId }) => {
        if (SecretId === "api-keys-prod-v1") return { DeletedDate: new Date(NOW) };
        throw awsError("ResourceNotFoundException");
      },
    },
    result: "fail",
    says: /secret api-keys-prod-v1 the name waits/,
    mend: /raise API_KEYS_VERSION/,
  },
  "a certificate that is not there": {
    answers: { "edge DescribeCertificateCommand": fails("ResourceNotFoundException") },
    result: "fail",
    says: /for shop\.example .* is not there/,
    mend: /request-certificate --region us-east-1 --domain-name shop\.example/,
  },
  "a certificate that is not issued": {
    answers: {
      DescribeCertificateCommand: ofOrigin({
        Status: "PENDING_VALIDATION",
        DomainValidationOptions: [
          { ResourceRecord: { Name: "_x.shop.example", Type: "CNAME", Value: "_y.aws" } },
        ],
      }),
    },
    result: "fail",
    says: /PENDING_VALIDATION/,
    mend: /add to your DNS: _x\.shop\.example CNAME _y\.aws/,
  },
  "a certificate for other names": {
    answers: {
      DescribeCertificateCommand: ofOrigin({
        DomainName: "other.example",
        SubjectAlternativeNames: ["*.other.example"],
      }),
    },
    result: "fail",
    says: /it is for other\.example/,
    mend: /request-certificate/,
  },
  "a wildcard one label too short": {
    settings: { ORIGIN_DOMAIN_NAME: "a.origin.shop.example" },
    addresses: { "a.origin.shop.example": ["192.0.2.1"] },
    result: "fail",
    says: /for a\.origin.* it is for shop\.example, \*\.shop\.example/,
    mend: /--domain-name a\.origin/,
  },
  "a certificate that has run out": {
    answers: { DescribeCertificateCommand: ofOrigin({ NotAfter: new Date("2026-11-01") }) },
    result: "fail",
    says: /has run out/,
    mend: /request-certificate/,
  },
  "a certificate that soon runs out": {
    answers: { DescribeCertificateCommand: ofOrigin({ NotAfter: new Date("2026-12-10") }) },
    result: "warn",
    says: /runs out in 11 days/,
    mend: /validation record/,
  },
  "no TLS to the origin": {
    settings: { ORIGIN_DOMAIN_NAME: undefined, ORIGIN_CERTIFICATE_ARN: undefined },
    result: "warn",
    says: /in clear/,
    mend: /ORIGIN_CERTIFICATE_ARN/,
  },
  "an origin's name that leads nowhere": {
    addresses: { "origin.shop.example": [] },
    result: "fail",
    says: /leads nowhere/,
    mend: /point origin\.shop\.example at alb-prod/,
  },
  "an origin's name that leads elsewhere": {
    addresses: { "origin.shop.example": ["198.51.100.7"] },
    result: "fail",
    says: /leads to 198\.51\.100\.7/,
    mend: /CNAME/,
  },
  "an origin's name without a balancer yet": {
    answers: { DescribeLoadBalancersCommand: fails("LoadBalancerNotFoundException") },
    result: "warn",
    says: /no balancer yet/,
    mend: /alb-dns-name/,
  },
};
