package sluice.benchmarks.async;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code /system/calls} page by page. */
final class CallPages {
    private static final String OPEN = "state=queued&state=running&state=retrying&limit=1";
    private static final String ALL = "limit=1000";

    private CallPages() {}

    /** Every record of the journal. */
    static List<Ledger.Call> all(GatewayChild gateway) throws IOException, InterruptedException {
        List<Ledger.Call> calls = new ArrayList<>();
        for (String cursor = ""; ; ) {
            JsonNode page = page(gateway, ALL, cursor);
            for (JsonNode call : page.path("calls")) {
                calls.add(new Ledger.Call(
                        call.path("callId").asText(),
                        call.path("state").asText(),
                        call.path("attempt").asInt(),
                        call.path("callback").path("state").asText("")));
            }
            cursor = page.path("next").asText("");
            if (cursor.isEmpty()) {
                return calls;
            }
        }
    }

    /** Whether some call has not ended. */
    static boolean hasOpen(GatewayChild gateway) throws IOException, InterruptedException {
        for (String cursor = ""; ; ) {
            JsonNode page = page(gateway, OPEN, cursor);
            if (!page.path("calls").isEmpty()) {
                return true;
            }
            cursor = page.path("next").asText("");
            if (cursor.isEmpty()) {
                return false;
            }
        }
    }

    private static JsonNode page(GatewayChild gateway, String query, String cursor)
            throws IOException, InterruptedException {
        String from = cursor.isEmpty() ? "" : "&cursor=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8);
        return gateway.ask("GET", "/system/calls?" + query + from, "");
    }
}
