package sluice.access;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.Identity;
import sluice.core.Rights;

/** The gate of {@code basic_auth=false}: everyone may, whatever {@code Authorization} says; it belongs to nobody. */
public final class AnonymousAccess implements AccessGate {
    static final Decision ALLOWED = new Decision.Allow(Identity.of("anonymous", "anonymous"), Rights.ALL, "*");

    @Override
    public Decision check(HttpHeaders headers, InetSocketAddress peer, Action action, String namespace) {
        return ALLOWED;
    }

    @Override
    public boolean isOwnCredential(CharSequence authorization) {
        return false;
    }
}
