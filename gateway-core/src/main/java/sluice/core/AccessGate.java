package sluice.core;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.util.List;
import reactor.core.publisher.Mono;

/** Who is calling and may they. Thread-safe; answers on the event loop without waiting, or says that it must ask. */
public interface AccessGate {
    /** The namespace of a question whose answer is the same for the whole cluster. */
    String CLUSTER = "*";
    /** The namespace of the question whether there is any namespace in which the caller may. */
    String ANYWHERE = "";

    /** May the caller with these headers do {@code action} in {@code namespace}? */
    Decision check(HttpHeaders headers, InetSocketAddress peer, Action action, String namespace);

    /** As {@link #check(HttpHeaders, InetSocketAddress, Action, String)}, with all that is known. */
    default Decision check(Question question) {
        return check(question.headers(), question.from().peer(), question.action(), question.namespace());
    }

    /** Whether the name in a question can make a difference; else it is asked once for all names. */
    default boolean decidesByName() {
        return false;
    }

    /**
     * May somebody do something?
     *
     * @param headers with the credential, if there is one
     * @param from the connection that it came by
     * @param namespace in which; {@link #CLUSTER} or {@link #ANYWHERE} when it is not one
     * @param name of the one function, secret or namespace that it is about; empty when it is about none, or not known yet
     */
    record Question(HttpHeaders headers, ConnectionFacts from, Action action, String namespace, String name) {}

    /**
     * May a call with this head go to {@code function}, which asks who is calling? Asked on an event loop, of guarded
     * functions only; allocates nothing for a credential that is known. A gate that takes no tokens refuses. A refusal
     * with {@link Failure#UNKNOWN_FUNCTION} has to look as if there were no such function.
     */
    default Decision admit(CallHead head, InetSocketAddress peer, FunctionName function, Guard guard) {
        if (guard.isPrivate()) {
            return new Decision.Deny(Failure.UNKNOWN_FUNCTION.in(Component.GATEWAY, "no such function"), "", 0);
        }
        return new Decision.Deny(
                Failure.NOT_AUTHENTICATED.in(
                        Component.GATEWAY, "the function asks for a token, and none is taken here"),
                "",
                0);
    }

    /** As {@link #admit(CallHead, InetSocketAddress, FunctionName, Guard)}, with all that is known of the connection. */
    default Decision admit(CallHead head, ConnectionFacts from, FunctionName function, Guard guard) {
        return admit(head, from.peer(), function, guard);
    }

    /**
     * Whether the value of an {@code Authorization} field is a credential of this gateway itself, which must not
     * reach a function. Constant time in the credential.
     */
    boolean isOwnCredential(CharSequence authorization);

    /**
     * Whether the value of an {@code Authorization} field is a token with which a private function of {@code namespace} is
     * called, which such a function must not get. Looks at the claim of who gave it out only; allocates nothing.
     */
    default boolean isPrivateToken(CharSequence authorization, String namespace) {
        return false;
    }

    /** Where it is written down what was asked of this gate and what came of it. */
    default AuditTrail audit() {
        return AuditTrail.NONE;
    }

    /** The answer of the gate. */
    sealed interface Decision {
        /**
         * Go on.
         *
         * @param identity who it is
         * @param rights what else they may
         * @param grant what permits it, for the audit
         */
        record Allow(Identity identity, Rights rights, String grant) implements Decision {
            /** Someone who may do everything. */
            public Allow(String subject) {
                this(Identity.of("basic", subject), Rights.ALL, "*");
            }
        }

        /**
         * Stop here.
         *
         * @param reason becomes status and body
         * @param challenges values of {@code WWW-Authenticate}, in order
         * @param retryAfterSeconds value of {@code Retry-After}, or 0 for none
         * @param identity who it is, or nobody
         */
        record Deny(FailureException reason, List<String> challenges, int retryAfterSeconds, Identity identity)
                implements Decision {
            /** Nobody known. */
            public static final Identity NOBODY = Identity.of("", "");

            public Deny {
                challenges = List.copyOf(challenges);
            }

            /** Nobody known is refused, with one value of {@code WWW-Authenticate}, or none if it is empty. */
            public Deny(FailureException reason, String challenge, int retryAfterSeconds) {
                this(reason, challenge.isEmpty() ? List.of() : List.of(challenge), retryAfterSeconds, NOBODY);
            }
        }

        /** The decision needs work that may wait; subscribe off the hot path. */
        record Ask(Mono<Decision> answer) implements Decision {}
    }
}
