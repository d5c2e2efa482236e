/** The brief deploys to this region and no other. */
export const REGION = "eu-north-1";
