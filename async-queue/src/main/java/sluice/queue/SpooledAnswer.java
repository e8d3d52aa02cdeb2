package sluice.queue;

import io.netty.handler.codec.http.HttpHeaders;

/**
 * An answer that is kept whole, but belongs to no ended call yet. Whoever asked for it either hands it to
 * {@link Ledger#end}, which takes it over whatever the outcome, or discards it.
 */
public interface SpooledAnswer {
    /** The function's. */
    int status();

    /** The function's, without framing and hop-by-hop fields. */
    HttpHeaders headers();

    /** Bytes of the body. */
    long length();

    /** Frees what was kept. Returns at once; has no effect twice or after {@link Ledger#end}. */
    void discard();
}
