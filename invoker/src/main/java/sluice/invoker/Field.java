package sluice.invoker;

/**
 * The header fields that the relay itself acts on, as small numbers. All others are {@link #OTHER} and travel as they
 * are. Names compare without case; an underscore is not a dash (reliability matrix, X6).
 */
final class Field {
    static final byte OTHER = 0;
    static final byte HOST = 1;
    static final byte CONNECTION = 2;
    /** Keep-Alive, Proxy-*, HTTP2-Settings and what only a gateway may say: dropped in both directions. */
    static final byte HOP_BY_HOP = 3;

    static final byte TE = 4;
    static final byte TRAILER = 5;
    static final byte TRANSFER_ENCODING = 6;
    static final byte UPGRADE = 7;
    static final byte CONTENT_LENGTH = 8;
    static final byte EXPECT = 9;
    static final byte X_FORWARDED_HOST = 10;
    static final byte X_FORWARDED_FOR = 11;
    static final byte X_FORWARDED_OTHER = 12;
    static final byte X_CALL_ID = 13;
    static final byte X_START_TIME = 14;
    static final byte X_SERVED_BY = 15;
    static final byte USER_AGENT = 16;
    static final byte AUTHORIZATION = 17;
    static final byte ACCEPT = 18;
    static final byte CONTENT_TYPE = 19;
    static final byte HOPS = 20;
    static final byte KEEP_ALIVE = 21;
    static final byte WEBSOCKET_KEY = 22;
    static final byte WEBSOCKET_VERSION = 23;
    /** Names the component that failed; from a client it would be a lie, from a function it is news. */
    static final byte OPENFAAS_INTERNAL = 24;

    static final byte PREFER = 25;
    /** A token with which private functions are called: those do not get it, to others it is a field like any. */
    static final byte PRIVATE_TOKEN = 26;

    private Field() {}

    /** The number of the field whose name is {@code bytes[from, to)}. */
    static byte of(byte[] bytes, int from, int to) {
        if ((bytes[from] | 0x20) == 'p') {
            return to - from > 6 && is(bytes, from, "proxy-")
                    ? HOP_BY_HOP
                    : equal(bytes, from, to, "prefer") ? PREFER : OTHER;
        }
        return switch (to - from) {
            case 2 -> is(bytes, from, "te") ? TE : OTHER;
            case 4 -> is(bytes, from, "host") ? HOST : OTHER;
            case 6 -> is(bytes, from, "accept") ? ACCEPT : is(bytes, from, "expect") ? EXPECT : OTHER;
            case 7 -> is(bytes, from, "upgrade") ? UPGRADE : is(bytes, from, "trailer") ? TRAILER : OTHER;
            case 9 -> is(bytes, from, "x-call-id") ? X_CALL_ID : OTHER;
            case 10 ->
                is(bytes, from, "connection")
                        ? CONNECTION
                        : is(bytes, from, "user-agent")
                                ? USER_AGENT
                                : is(bytes, from, "keep-alive") ? KEEP_ALIVE : OTHER;
            case 11 -> is(bytes, from, "x-served-by") ? X_SERVED_BY : OTHER;
            case 12 ->
                is(bytes, from, "content-type") ? CONTENT_TYPE : is(bytes, from, "x-start-time") ? X_START_TIME : OTHER;
            case 13 ->
                is(bytes, from, "authorization") ? AUTHORIZATION : is(bytes, from, "x-sluice-hops") ? HOPS : OTHER;
            case 14 ->
                is(bytes, from, "content-length")
                        ? CONTENT_LENGTH
                        : is(bytes, from, "http2-settings") || is(bytes, from, "x-auth-seconds")
                                ? HOP_BY_HOP
                                : is(bytes, from, "x-sluice-token") ? PRIVATE_TOKEN : OTHER;
            case 15 ->
                is(bytes, from, "x-forwarded-for")
                        ? X_FORWARDED_FOR
                        : is(bytes, from, "x-forwarded-uri") ? X_FORWARDED_OTHER : OTHER;
            case 16 ->
                is(bytes, from, "x-forwarded-host")
                        ? X_FORWARDED_HOST
                        : is(bytes, from, "x-forwarded-port") ? X_FORWARDED_OTHER : OTHER;
            case 17 ->
                is(bytes, from, "transfer-encoding")
                        ? TRANSFER_ENCODING
                        : is(bytes, from, "x-forwarded-proto")
                                ? X_FORWARDED_OTHER
                                : is(bytes, from, "sec-websocket-key") ? WEBSOCKET_KEY : OTHER;
            case 19 ->
                is(bytes, from, "x-openfaas-internal")
                        ? OPENFAAS_INTERNAL
                        : is(bytes, from, "scw_functions_token") || is(bytes, from, "scw-functions-token")
                                ? PRIVATE_TOKEN
                                : OTHER;
            case 21 -> is(bytes, from, "sec-websocket-version") ? WEBSOCKET_VERSION : OTHER;
            case 23 -> is(bytes, from, "x-forwarded-client-cert") ? HOP_BY_HOP : OTHER;
            default -> OTHER;
        };
    }

    /** Fields that a {@code Connection} field cannot take away, because the gateway itself answers for them (X1). */
    static boolean isProtected(byte field) {
        return switch (field) {
            case HOST,
                    CONTENT_LENGTH,
                    TRANSFER_ENCODING,
                    X_FORWARDED_HOST,
                    X_FORWARDED_FOR,
                    X_FORWARDED_OTHER,
                    X_CALL_ID,
                    X_START_TIME,
                    HOPS -> true;
            default -> false;
        };
    }

    /** Whether {@code bytes} at {@code from} reads {@code lower}, which is lower case, without regard to case. */
    static boolean is(byte[] bytes, int from, String lower) {
        for (int i = 0; i < lower.length(); i++) {
            int b = bytes[from + i];
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != lower.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** As {@link #is}, for a range of any length. */
    static boolean equal(byte[] bytes, int from, int to, String lower) {
        return to - from == lower.length() && is(bytes, from, lower);
    }
}
