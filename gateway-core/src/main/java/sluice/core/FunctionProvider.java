package sluice.core;

import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Owns functions and their replicas. Thread-safe; never blocks the caller; may signal on any thread. Every method
 * fails with a {@link FailureException}; the failures named here are the ones a caller may rely on, beside
 * {@link Failure#PROVIDER_FAILED} for a backend that could not carry out a valid request.
 *
 * <p>A change has happened when its publisher completes: it is durable, {@link #describe} shows it, and
 * {@link RouteSource} has emitted it. Replicas may still be starting.
 */
public interface FunctionProvider {
    /**
     * Creates the function, or replaces it when it exists (an upsert, as the OpenFaaS operator does).
     *
     * <p>Fails with {@link Failure#INVALID_REQUEST} when the provider cannot run it: unknown secret, unknown
     * namespace, a command that cannot be found.
     */
    Mono<Void> deploy(FunctionDeployment deployment);

    /** Replaces an existing function entirely; {@link Failure#UNKNOWN_FUNCTION} when there is none. */
    Mono<Void> update(FunctionDeployment deployment);

    /** Removes a function and ends its replicas; {@link Failure#UNKNOWN_FUNCTION} when there is none. */
    Mono<Void> remove(FunctionName name);

    /** The functions of a namespace, by name; {@link Failure#INVALID_REQUEST} for an unknown namespace. */
    Mono<List<FunctionStatus>> list(String namespace);

    /** One function; {@link Failure#UNKNOWN_FUNCTION} when there is none. */
    Mono<FunctionStatus> describe(FunctionName name, boolean withUsage);

    /**
     * Sets the desired replicas, 0 included; {@link Failure#UNKNOWN_FUNCTION}, or {@link Failure#INVALID_REQUEST}
     * above the provider's ceiling.
     */
    Mono<Void> scale(FunctionName name, int replicas);

    /** Names of the secrets made through this API, by name. */
    Mono<List<Secret.Id>> secrets(String namespace);

    /** {@link Failure#CONFLICT} when it exists. */
    Mono<Void> createSecret(Secret secret);

    /** {@link Failure#NOT_FOUND} when it does not exist. Running replicas see the new value within a second. */
    Mono<Void> updateSecret(Secret secret);

    /** {@link Failure#NOT_FOUND} when it does not exist. */
    Mono<Void> removeSecret(Secret.Id id);

    /** Names of all namespaces, the default one always among them, by name. */
    Mono<List<String>> namespaces();

    /** {@link Failure#NOT_FOUND} when it does not exist. */
    Mono<FunctionNamespace> namespace(String name);

    /** {@link Failure#CONFLICT} when it exists. */
    Mono<Void> createNamespace(FunctionNamespace namespace);

    /** Replaces labels and annotations; {@link Failure#NOT_FOUND} when it does not exist. */
    Mono<Void> updateNamespace(FunctionNamespace namespace);

    /**
     * Removes a namespace with its functions and secrets; {@link Failure#NOT_FOUND}, or
     * {@link Failure#INVALID_REQUEST} for the default namespace.
     */
    Mono<Void> removeNamespace(String name);

    /**
     * Log lines, oldest first per replica; completes by itself unless {@link LogQuery#follow} is set. Honours
     * demand: a reader that stops reading loses lines (and is told so in a line), it never fills memory.
     */
    Flux<LogLine> logs(LogQuery query);

    /** Who this is; never empty and never fails. */
    ProviderInfo info();
}
