package sluice.invoker;

import java.nio.charset.StandardCharsets;

/** The last chunk with its trailer section, written from a parsed one: framing and routing fields never travel there. */
final class Trailers {
    private static final byte[] ZERO = "0\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CRLF = {'\r', '\n'};

    private Trailers() {}

    static HeadBuffer lastChunk(HeadBuffer out, Head trailers) {
        out.clear().put(ZERO);
        for (int i = 0; i < trailers.fields; i++) {
            if (isAllowed(trailers.field[i])) {
                out.put(trailers.bytes, trailers.nameStart[i], trailers.lineEnd[i]);
            }
        }
        return out.put(CRLF);
    }

    /** Whether a field may stand in a trailer section (RFC 9110, 6.5.1). */
    static boolean isAllowed(byte field) {
        return switch (field) {
            case Field.HOST,
                    Field.CONNECTION,
                    Field.HOP_BY_HOP,
                    Field.KEEP_ALIVE,
                    Field.TE,
                    Field.TRAILER,
                    Field.TRANSFER_ENCODING,
                    Field.UPGRADE,
                    Field.CONTENT_LENGTH,
                    Field.EXPECT,
                    Field.AUTHORIZATION,
                    Field.HOPS,
                    Field.X_CALL_ID,
                    Field.X_START_TIME,
                    Field.X_FORWARDED_FOR,
                    Field.X_FORWARDED_HOST,
                    Field.X_FORWARDED_OTHER,
                    Field.CONTENT_TYPE,
                    Field.OPENFAAS_INTERNAL -> false;
            default -> true;
        };
    }
}
