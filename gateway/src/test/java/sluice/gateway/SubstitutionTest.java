package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SubstitutionTest {
    private static final Map<String, String> ENVIRONMENT =
            Map.of("TAG", "1.4", "EMPTY", "", "HOST", "registry.example");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "image: ${HOST}/wc:${TAG} | image: registry.example/wc:1.4",
                "${TAG:-2} | 1.4",
                "a${EMPTY:-2} | a2",
                "a${EMPTY-2}b | ab",
                "a${ABSENT:-2} | a2",
                "a${ABSENT-2} | a2",
                "a${ABSENT}b | ab",
                "${ABSENT:-${HOST}/x} | registry.example/x",
                "${ABSENT:-} x | ' x'",
                "price $5 and $TAG | price $5 and $TAG",
                "$${TAG} | ${TAG}",
                "{a: ${ABSENT:-1}} | {a: 1}",
            })
    void replacesVariables(String line, String expected) {
        assertThat(Substitution.apply(ENVIRONMENT, line)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"${", "${TAG", "${TAG:-x", "${}", "${1A}", "${A B}", "${TAG:=x}"})
    void refusesWhatHasNoMeaning(String line) {
        assertThatIllegalArgumentException().isThrownBy(() -> Substitution.apply(ENVIRONMENT, line));
    }

    @Test
    void doesNotReadTheValueOfAVariableAgain() {
        assertThat(Substitution.apply(Map.of("A", "${B}", "B", "x"), "${A}")).isEqualTo("${B}");
    }
}
