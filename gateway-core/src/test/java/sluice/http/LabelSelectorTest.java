package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.FailureException;
import sluice.core.FunctionName;

class LabelSelectorTest {
    private static final Map<String, String> LABELS =
            Map.of("team", "blue", "app.kubernetes.io/part-of", "shop", "e", "");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|true",
                "team|true",
                "nobody|false",
                "!team|false",
                "!nobody|true",
                "team=blue|true",
                "team==blue|true",
                "team = red|false",
                "team!=red|true",
                "team!=blue|false",
                "nobody!=x|true",
                "e=|true",
                "app.kubernetes.io/part-of=shop,team|true",
                "team=blue,nobody|false",
                "team in (red, blue)|true",
                "team in (red)|false",
                "nobody in (red)|false",
                "team notin (red,green),e|true",
                "team notin (blue)|false",
                "nobody notin (blue)|true"
            })
    void takesWhatKubernetesWouldTake(String selector, boolean isTaken) {
        assertThat(LabelSelector.parse(selector).takes(LABELS)).isEqualTo(isTaken);
    }

    @ParameterizedTest
    @ValueSource(strings = {"=a", "a=b=c", "a>1", "a in b", "a in (b", "a b", "a,,b", "!a=b", "(a)"})
    void refusesWhatItCannotRead(String selector) {
        assertThatThrownBy(() -> LabelSelector.parse(selector))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("labelSelector");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|true",
                "metadata.name=a|true",
                "metadata.name==a|true",
                "metadata.name!=a|false",
                "metadata.name=b|false",
                "metadata.namespace=dev,metadata.name=a|true",
                "metadata.namespace!=dev|false"
            })
    void selectsByNameAndNamespace(String selector, boolean isTaken) {
        assertThat(Selection.fields(selector).test(new FunctionName("a", "dev")))
                .isEqualTo(isTaken);
    }

    @Test
    void knowsNoOtherField() {
        assertThatThrownBy(() -> Selection.fields("status.phase=Running"))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("fieldSelector");
        assertThatThrownBy(() -> Selection.fields("metadata.name")).isInstanceOf(FailureException.class);
    }
}
