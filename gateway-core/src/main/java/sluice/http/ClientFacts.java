package sluice.http;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Objects;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.http.server.HttpServerRequest;
import sluice.core.ConnectionFacts;
import sluice.http.tls.ClientAuthorities;

/** What is known of a client's connection, found out once when its protocol is known and kept with it. */
final class ClientFacts {
    private static final AttributeKey<ConnectionFacts> KEPT = AttributeKey.valueOf(ClientFacts.class, "facts");

    private static final Certificate[] NOTHING = {};

    private ClientFacts() {}

    /**
     * Finds them out for {@code connection}, whose handshake is over, and keeps them with it; null when the certificate of
     * its client is not good any more.
     */
    static @Nullable ConnectionFacts keep(Channel connection, @Nullable ClientAuthorities clients) {
        SslHandler tls = connection.pipeline().get(SslHandler.class);
        Certificate[] chain = tls == null || clients == null ? NOTHING : chain(tls);
        if (clients != null && chain.length > 0 && !clients.isGood(chain)) {
            return null;
        }
        ConnectionFacts facts = new ConnectionFacts(
                (InetSocketAddress) connection.remoteAddress(),
                tls != null,
                chain.length > 0 && chain[0] instanceof X509Certificate own ? own : null);
        connection.attr(KEPT).set(facts);
        return facts;
    }

    /** Those of the connection that {@code stream} is a part of. */
    static @Nullable ConnectionFacts of(Channel stream) {
        Channel parent = stream.parent(); // of a connection it is the listening socket, which has none
        Channel connection = parent != null && parent.hasAttr(KEPT) ? parent : stream;
        return connection.attr(KEPT).get();
    }

    /** Those of the connection that {@code request} came by. */
    static ConnectionFacts of(HttpServerRequest request) {
        ConnectionFacts kept = request instanceof Connection connection ? of(connection.channel()) : null;
        return kept != null
                ? kept
                : new ConnectionFacts(
                        Objects.requireNonNull(request.remoteAddress()), "https".equals(request.scheme()), null);
    }

    /** What the client has shown; it need not show anything. */
    private static Certificate[] chain(SslHandler tls) {
        try {
            return tls.engine().getSession().getPeerCertificates();
        } catch (SSLPeerUnverifiedException e) {
            return NOTHING;
        }
    }
}
