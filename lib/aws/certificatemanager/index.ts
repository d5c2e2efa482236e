export { Certificate } from "./certificate.ts";
