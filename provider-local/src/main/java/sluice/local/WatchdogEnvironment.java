package sluice.local;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import reactor.netty.http.server.HttpServerRequest;

/**
 * A request as the variables that functions of the classic OpenFaaS watchdog read: {@code Http_Method},
 * {@code Http_Path}, {@code Http_Query} and each header as {@code Http_<Name>} with its first value.
 */
final class WatchdogEnvironment {
    private WatchdogEnvironment() {}

    static Map<String, String> of(HttpServerRequest request) {
        HttpHeaders headers = request.requestHeaders();
        Map<String, String> variables = new HashMap<>();
        headers.forEach(header -> {
            if (header.getKey().indexOf('_') < 0) {
                variables.putIfAbsent(nameOf(header.getKey()), header.getValue());
            }
        });
        headers.forEach(header -> variables.putIfAbsent(nameOf(header.getKey()), header.getValue()));
        variables.put("Http_Method", request.method().name());
        String target = request.uri();
        int query = target.indexOf('?');
        variables.put("Http_Path", query < 0 ? target : target.substring(0, query)); // escapes as they were sent
        if (query >= 0 && query + 1 < target.length()) {
            variables.put("Http_Query", target.substring(query + 1));
        }
        String length = lengthOf(headers);
        variables.put("Http_Content_Length", length);
        variables.put("Http_ContentLength", length); // the older name
        return variables;
    }

    /** The length, 0 without a body, or -1 when it is not known yet. */
    private static String lengthOf(HttpHeaders headers) {
        return headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                ? "-1"
                : headers.get(HttpHeaderNames.CONTENT_LENGTH, "0");
    }

    /** {@code x-call-ID} is {@code Http_X_Call_Id}. */
    private static String nameOf(String header) {
        StringBuilder name = new StringBuilder("Http_");
        boolean startsPart = true;
        for (char c : header.toLowerCase(Locale.ROOT).toCharArray()) {
            name.append(c == '-' ? '_' : startsPart ? Character.toUpperCase(c) : c);
            startsPart = c == '-';
        }
        return name.toString();
    }
}
