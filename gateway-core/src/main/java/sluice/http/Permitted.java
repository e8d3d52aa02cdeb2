package sluice.http;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import reactor.core.publisher.Mono;
import sluice.core.AccessGate.Decision.Allow;
import sluice.core.Action;

/**
 * In which namespaces a caller may see functions, as it was asked once, so that it can be asked again. Of a namespace that
 * comes later, only what can be answered at once is known; whoever has to be asked is asked with the others. Thread-safe.
 */
final class Permitted implements Predicate<String> {
    private final Allow caller;
    private final Map<String, Boolean> asked = new ConcurrentHashMap<>();

    private Permitted(Allow caller, List<String> namespaces, List<String> permitted) {
        this.caller = caller;
        namespaces.forEach(each -> asked.put(each, permitted.contains(each)));
    }

    /** Asks about all of {@code namespaces}; fails when that cannot be found out. */
    static Mono<Permitted> among(List<String> namespaces, Allow caller) {
        return caller.rights()
                .among(namespaces, Action.FUNCTION_LIST)
                .map(permitted -> new Permitted(caller, namespaces, permitted));
    }

    @Override
    public boolean test(String namespace) {
        return asked.computeIfAbsent(namespace, name -> caller.rights().permit(Action.FUNCTION_LIST, name));
    }

    /** Whether the same caller, asked anew, may see what they could see, and no more of it. */
    Mono<Boolean> isSameFor(Allow now) {
        Map<String, Boolean> before = Map.copyOf(asked);
        return among(List.copyOf(before.keySet()), now).map(after -> after.asked.equals(before));
    }
}
