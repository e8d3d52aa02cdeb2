package sluice.invoker;

import org.jspecify.annotations.Nullable;

/**
 * What the fields of a request head mean, found in one pass over {@link Head}. Belongs to the event loop like the head
 * itself. Everything ambiguous about framing and routing is refused here (reliability matrix, rows F, H1, X5, C9).
 */
final class RequestFacts {
    static final int NONE = -1;
    private static final int LONGEST_CALL_ID = 128;

    /** Bytes of the body, or {@link #NONE} when it is chunked or absent. */
    long contentLength;

    boolean isChunked;
    boolean keepsAlive;
    boolean expectsContinue;
    /** Whether the client offers to change the protocol and may (HTTP/1.1, no body, not h2c). */
    boolean wantsUpgrade;

    /** Whether a Connection field names other fields than the usual ones. */
    boolean nominates;

    boolean acceptsJson;
    boolean isGrpc;
    boolean takesTrailers;
    boolean streams;
    /** Whether the client prefers to be answered at once and to have the call made later (RFC 7240, 4.1). */
    boolean respondsAsync;
    /** How often the call has passed a gateway before. */
    int hops;

    int host;
    int upgrade;
    int callId;
    int startTime;
    int forwardedFor;
    int forwardedHost;
    int userAgent;
    int authorization;
    int contentType;

    private int lengthField;
    private int codingField;
    private int webSocketKey;
    private boolean isKeyRepeated;
    private int webSocketVersion;
    private boolean closes;
    private boolean keepAliveAsked;
    private boolean upgradeAsked;

    /** Reads {@code head}; what is wrong with it, or null. */
    @Nullable Refusal read(Head head) {
        reset();
        for (int i = 0; i < head.fields; i++) {
            if (head.field[i] != Field.OTHER) {
                Refusal refusal = note(head, i);
                if (refusal != null) {
                    return refusal;
                }
            }
        }
        Refusal framing = framing(head);
        return framing != null ? framing : finish(head);
    }

    /** Forgets the request before. */
    void reset() {
        contentLength = NONE;
        isChunked = false;
        expectsContinue = false;
        wantsUpgrade = false;
        nominates = false;
        acceptsJson = false;
        isGrpc = false;
        takesTrailers = false;
        streams = false;
        respondsAsync = false;
        hops = 0;
        host = NONE;
        upgrade = NONE;
        callId = NONE;
        startTime = NONE;
        forwardedFor = NONE;
        forwardedHost = NONE;
        userAgent = NONE;
        authorization = NONE;
        contentType = NONE;
        lengthField = NONE;
        codingField = NONE;
        webSocketKey = NONE;
        isKeyRepeated = false;
        webSocketVersion = NONE;
        closes = false;
        keepAliveAsked = false;
        upgradeAsked = false;
    }

    private @Nullable Refusal note(Head head, int i) {
        switch (head.field[i]) {
            case Field.HOST -> {
                if (host != NONE) {
                    return Refusal.malformed("more than one Host field");
                }
                host = i;
            }
            case Field.CONTENT_LENGTH -> {
                if (lengthField != NONE) {
                    return Refusal.malformed("more than one Content-Length field");
                }
                lengthField = i;
            }
            case Field.TRANSFER_ENCODING -> {
                if (codingField != NONE) {
                    return Refusal.malformed("more than one Transfer-Encoding field");
                }
                codingField = i;
            }
            case Field.CONNECTION -> {
                closes |= head.valueHas(i, "close");
                keepAliveAsked |= head.valueHas(i, "keep-alive");
                upgradeAsked |= head.valueHas(i, "upgrade");
                nominates |= !isUsual(head, i);
            }
            case Field.EXPECT -> {
                if (!head.valueIs(i, "100-continue")) {
                    return Refusal.closing(417, "Expect: only 100-continue is understood");
                }
                expectsContinue = true;
            }
            case Field.X_CALL_ID -> {
                if (callId == NONE && head.valueEnd[i] > head.valueStart[i]) {
                    Refusal refusal = checkCallId(head, i);
                    callId = refusal == null ? i : NONE;
                    return refusal;
                }
            }
            case Field.HOPS -> hops = Math.max(hops, number(head, i));
            case Field.ACCEPT -> {
                acceptsJson |= head.valueContains(i, "application/json");
                streams |= head.valueContains(i, "text/event-stream") || head.valueContains(i, "application/x-ndjson");
            }
            case Field.CONTENT_TYPE -> {
                contentType = i;
                isGrpc = head.valueContains(i, "application/grpc");
            }
            case Field.TE -> takesTrailers |= head.valueHas(i, "trailers");
            case Field.UPGRADE -> upgrade = i;
            case Field.PREFER -> respondsAsync |= prefersAsync(head.value(i));
            case Field.X_START_TIME -> startTime = i;
            case Field.X_FORWARDED_FOR -> forwardedFor = i;
            case Field.X_FORWARDED_HOST -> forwardedHost = i;
            case Field.USER_AGENT -> userAgent = i;
            case Field.AUTHORIZATION -> authorization = i;
            case Field.WEBSOCKET_KEY -> {
                isKeyRepeated = webSocketKey != NONE;
                webSocketKey = i;
            }
            case Field.WEBSOCKET_VERSION -> webSocketVersion = i;
            default -> {}
        }
        return null;
    }

    private @Nullable Refusal framing(Head head) {
        if (codingField != NONE) {
            if (lengthField != NONE) {
                return Refusal.malformed("Content-Length and Transfer-Encoding together");
            }
            if (head.minorVersion == 0) {
                return Refusal.malformed("Transfer-Encoding in HTTP/1.0");
            }
            if (!head.valueIs(codingField, "chunked")) {
                return isKnownCoding(head, codingField)
                        ? Refusal.closing(501, "Transfer-Encoding: only chunked is supported")
                        : Refusal.malformed("Transfer-Encoding must be exactly one chunked");
            }
            isChunked = true;
        }
        if (lengthField != NONE) {
            contentLength = Lengths.decimal(head.bytes, head.valueStart[lengthField], head.valueEnd[lengthField]);
            if (contentLength < 0) {
                return Refusal.malformed("Content-Length must be one decimal number below 2^63");
            }
        }
        return null;
    }

    private @Nullable Refusal finish(Head head) {
        boolean isModern = head.minorVersion == 1;
        if (host == NONE ? isModern : !isHost(head.bytes, head.valueStart[host], head.valueEnd[host])) {
            return Refusal.malformed(host == NONE ? "Host is missing" : "Host is not a host and port");
        }
        keepsAlive = isModern ? !closes : keepAliveAsked && !closes;
        expectsContinue &= isModern && hasBody();
        if (upgrade != NONE && upgradeAsked && isModern && !hasBody() && !head.valueHas(upgrade, "h2c")) {
            wantsUpgrade = true;
            if (head.valueHas(upgrade, "websocket")) {
                return checkWebSocket(head);
            }
        }
        return null;
    }

    /** Whether field {@code i}, a Connection field, says no more than what every client says. */
    static boolean isUsual(Head head, int i) {
        return head.valueIs(i, "keep-alive") || head.valueIs(i, "close") || head.valueIs(i, "upgrade");
    }

    boolean hasBody() {
        return isChunked || contentLength > 0;
    }

    private @Nullable Refusal checkWebSocket(Head head) {
        if (!head.text(head.methodStart, head.methodEnd).equals("GET")) {
            return Refusal.closing(400, "WebSocket: the method must be GET");
        }
        if (webSocketVersion == NONE || !head.valueIs(webSocketVersion, "13")) {
            return Refusal.closing(426, "WebSocket: Sec-WebSocket-Version must be 13")
                    .with("Sec-WebSocket-Version: 13");
        }
        if (webSocketKey == NONE
                || isKeyRepeated
                || !isKey(head.bytes, head.valueStart[webSocketKey], head.valueEnd[webSocketKey])) {
            return Refusal.closing(400, "WebSocket: Sec-WebSocket-Key must be 16 bytes in base64");
        }
        return null;
    }

    /** Whether the range is 16 bytes in base64: 22 characters and two signs of padding (RFC 6455, 4.1). */
    private static boolean isKey(byte[] bytes, int from, int to) {
        for (int at = from; at < to - 2; at++) {
            int c = bytes[at];
            boolean isLetterOrDigit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            if (!isLetterOrDigit && c != '+' && c != '/') {
                return false;
            }
        }
        return to - from == 24 && bytes[to - 1] == '=' && bytes[to - 2] == '=';
    }

    /** Preferences are separated by commas, their parameters by semicolons (RFC 7240, 2). */
    static boolean prefersAsync(String preferences) {
        for (String preference : preferences.split(",", -1)) {
            int stop = preference.indexOf(';');
            String name = stop < 0 ? preference : preference.substring(0, stop);
            if (name.trim().equalsIgnoreCase("respond-async")) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Refusal checkCallId(Head head, int i) {
        boolean isVisible = true;
        for (int at = head.valueStart[i]; at < head.valueEnd[i]; at++) {
            isVisible &= head.bytes[at] > 0x20 && head.bytes[at] < 0x7f;
        }
        return isVisible && head.valueEnd[i] - head.valueStart[i] <= LONGEST_CALL_ID
                ? null
                : Refusal.malformed("X-Call-Id must be at most " + LONGEST_CALL_ID + " visible ASCII characters");
    }

    private static int number(Head head, int i) {
        long value = Lengths.decimal(head.bytes, head.valueStart[i], head.valueEnd[i]);
        return value < 0 ? 0 : (int) Math.min(value, 1_000);
    }

    private static boolean isKnownCoding(Head head, int i) {
        boolean hasOther = false;
        for (String coding : head.value(i).toLowerCase(java.util.Locale.ROOT).split(",", -1)) {
            switch (coding.trim()) {
                case "gzip", "x-gzip", "deflate", "compress", "x-compress" -> hasOther = true;
                case "chunked" -> {}
                default -> {
                    return false;
                }
            }
        }
        return hasOther && (!head.valueHas(i, "chunked") || endsChunkedOnce(head, i));
    }

    private static boolean endsChunkedOnce(Head head, int i) {
        String value = head.value(i).toLowerCase(java.util.Locale.ROOT);
        return value.endsWith("chunked") && value.indexOf("chunked") == value.length() - "chunked".length();
    }

    /** Whether the range is a host with an optional port; no user, path, list or blank (RFC 9110, 7.2). */
    static boolean isHost(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            int c = bytes[at];
            boolean isPlain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            if (!isPlain && "-._~%!$&'()*+;=:[]".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
