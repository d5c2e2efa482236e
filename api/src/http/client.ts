import { normalizeIP } from "@fastify/rate-limit";
import type { FastifyRequest } from "fastify";

/** A household, or one computer, has at least so much of IPv6 to itself (RFC 6177): each address in it is the same client. */
const IPV6_PREFIX = 64;

/** Whose share of what is limited a request uses: its key's, or that of the address that it comes from. */
export const clientOf = ({ client, ip }: FastifyRequest): string => client || normalizeIP(ip, IPV6_PREFIX);
