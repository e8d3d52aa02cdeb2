package sluice.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallState;

/** The parameters with which {@code /system/calls} is told which calls are meant. */
final class CallFilter {
    private static final List<String> NAMES =
            List.of("function", "namespace", "queue", "callId", "state", "label", "from", "to");

    private CallFilter() {}

    /**
     * The namespace in which the caller must be permitted: the one that is named, or all of them.
     *
     * @throws sluice.core.FailureException when function and namespace contradict each other
     */
    static String namespace(ApiCall call) {
        FunctionName function = function(call);
        String named = call.query().text("namespace");
        return function != null ? function.namespace() : named.isEmpty() ? "*" : named;
    }

    /** The calls that are meant. */
    static CallQuery of(ApiCall call) {
        Query query = call.query();
        return new CallQuery(
                query.text("namespace"),
                function(call),
                query.text("queue"),
                query.text("callId"),
                states(query),
                labels(query),
                instant(query, "from"),
                instant(query, "to"));
    }

    /** As {@link #of}, for what changes calls: without a condition it is refused, as it would mean every call. */
    static CallQuery ofSome(ApiCall call) {
        if (NAMES.stream().allMatch(name -> call.query().text(name).isEmpty())) {
            throw Failure.INVALID_REQUEST.in(
                    Component.GATEWAY, "say which calls are meant: id, " + String.join(", ", NAMES));
        }
        return of(call);
    }

    /** The function that is named, qualified or in the given or the default namespace; null when none is. */
    static @Nullable FunctionName function(ApiCall call) {
        String text = call.query().text("function");
        if (text.isEmpty()) {
            return null;
        }
        String named = call.query().text("namespace");
        FunctionName function = FunctionName.parse(text, named.isEmpty() ? call.defaultNamespace() : named);
        if (!named.isEmpty() && !function.namespace().equals(named)) {
            throw Query.invalid("namespace", named, "is another one than that of the function");
        }
        return function;
    }

    private static Set<CallState> states(Query query) {
        Set<CallState> states = EnumSet.noneOf(CallState.class);
        for (String field : query.all("state")) {
            for (String name : field.split(",", -1)) {
                states.add(state(name.strip()));
            }
        }
        return states;
    }

    private static CallState state(String name) {
        for (CallState state : CallState.values()) {
            if (state.wireName().equals(name)) {
                return state;
            }
        }
        throw Query.invalid("state", name, "must be queued, running, retrying, completed, dead, cancelled or expired");
    }

    private static Map<String, String> labels(Query query) {
        Map<String, String> labels = new LinkedHashMap<>();
        for (String text : query.all("label")) {
            Map.Entry<String, String> label = SubmitFields.label("label", text);
            labels.put(label.getKey(), label.getValue());
        }
        return labels;
    }

    private static @Nullable Instant instant(Query query, String name) {
        String text = query.text(name);
        if (text.isEmpty()) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw Query.invalid(name, text, "must be a time in the form of RFC 3339, such as 2030-01-31T08:00:00Z");
        }
    }
}
