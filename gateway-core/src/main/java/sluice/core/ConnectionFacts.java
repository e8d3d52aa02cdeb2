package sluice.core;

import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a client connection before its first byte.
 *
 * @param peer the address at the other end of the socket
 * @param isSecure whether TLS protects it
 * @param certificate which the client has shown, and which is good; null when it showed none
 */
public record ConnectionFacts(
        InetSocketAddress peer, boolean isSecure, @Nullable X509Certificate certificate) {}
