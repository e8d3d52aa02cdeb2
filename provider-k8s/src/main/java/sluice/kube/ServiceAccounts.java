package sluice.kube;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;

/**
 * Service accounts that no function gets. Who may deploy to a namespace could otherwise become any account of it, and do what
 * that one may.
 *
 * @param all as {@code NAMESPACE:NAME}
 */
record ServiceAccounts(Set<String> all) {
    static final ServiceAccounts NONE = new ServiceAccounts(Set.of());

    ServiceAccounts {
        all = Set.copyOf(all);
    }

    /** Reads pairs with commas between them. */
    static Optional<ServiceAccounts> parse(String text) {
        Set<String> pairs = new TreeSet<>();
        Arrays.stream(text.split(",", -1))
                .map(String::trim)
                .filter(pair -> !pair.isEmpty())
                .forEach(pairs::add);
        return pairs.stream().allMatch(ServiceAccounts::isPair)
                ? Optional.of(new ServiceAccounts(pairs))
                : Optional.empty();
    }

    private static boolean isPair(String text) {
        String[] parts = text.split(":", -1);
        return parts.length == 2 && FunctionName.isLabel(parts[0]) && !parts[1].isEmpty();
    }

    /**
     * The account that the pods of a function get, or empty for the namespace's own.
     *
     * @throws FailureException {@link Failure#NOT_PERMITTED} when it is one of these
     */
    String of(FunctionDeployment function) {
        String account = function.annotations().getOrDefault(Marks.SERVICE_ACCOUNT, "");
        String pair = function.name().namespace() + ":" + account;
        if (all.contains(pair)) {
            throw Failure.NOT_PERMITTED.in(
                    Component.PROVIDER,
                    "annotations." + Marks.SERVICE_ACCOUNT + ": (" + pair
                            + ") is protected (SLUICE_AUTH_IAM_PROTECTED_SERVICE_ACCOUNTS)");
        }
        return account;
    }

    /** As one would write it. */
    @Override
    public String toString() {
        return String.join(",", new TreeSet<>(all));
    }
}
