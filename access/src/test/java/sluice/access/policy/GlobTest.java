package sluice.access.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
    @ParameterizedTest
    @CsvSource({
        "dev:env, dev:env, true",
        "dev:env, dev:env2, false",
        "dev:env, xdev:env, false",
        "dev:env, dev:en, false",
        "dev:*, dev:, true",
        "dev:*, dev:anything, true",
        "*:env, dev:env, true",
        "*, '', true",
        "'', '', true",
        "'', a, false",
        "a*b*c, aXbYc, true",
        "a*b*c, aXbYcZ, false",
        "Function:*, Function:Invoke, true",
        "Function:*, Functions:Invoke, false",
        "a.c, abc, false",
        "[a], a, false"
    })
    void fitsTheWholeText(String pattern, String text, boolean isMatch) {
        assertThat(Glob.matches(pattern, text)).isEqualTo(isMatch);
    }

    @Test
    void isNotSlowedDown_byManyStars() {
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5), // a backtracking matcher would need years
                () -> assertThat(Glob.matches("*a*a*a*a*a*a*a*a*b", "a".repeat(10_240)))
                        .isFalse());
    }
}
