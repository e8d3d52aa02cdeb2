package sluice.invoker;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Tests that have no meaning over every protocol. The same classes run in cleartext and over TLS, and over HTTP/1.1 and
 * HTTP/2; what is left out somewhere says why.
 */
final class Over {
    private Over() {}

    /** Left out where clients speak HTTP/2. */
    @Target({ElementType.TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @ExtendWith(OnHttp1.class)
    @interface Http1Only {
        /** Why. */
        String value();
    }

    /** Left out where clients speak TLS. */
    @Target({ElementType.TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @ExtendWith(InCleartext.class)
    @interface CleartextOnly {
        /** Why. */
        String value();
    }

    private static ConditionEvaluationResult unless(boolean isOther, String why) {
        return isOther ? ConditionEvaluationResult.disabled(why) : ConditionEvaluationResult.enabled("");
    }

    /** Reads {@link Http1Only}. */
    static final class OnHttp1 implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return AnnotationSupport.findAnnotation(context.getElement(), Http1Only.class)
                    .map(found -> unless(Http2.IS_ON, found.value()))
                    .orElse(ConditionEvaluationResult.enabled(""));
        }
    }

    /** Reads {@link CleartextOnly}. */
    static final class InCleartext implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return AnnotationSupport.findAnnotation(context.getElement(), CleartextOnly.class)
                    .map(found -> unless(Tls.IS_ON, found.value()))
                    .orElse(ConditionEvaluationResult.enabled(""));
        }
    }
}
