package sluice.core;

import java.net.InetSocketAddress;

/**
 * What is known of a client connection before its first byte.
 *
 * @param peer the address at the other end of the socket
 * @param isSecure whether TLS protects it
 */
public record ConnectionFacts(InetSocketAddress peer, boolean isSecure) {}
