package sluice.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDirectoryTest {
    @TempDir
    Path images;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "registry:5000/team/thumbs",
                "registry:5000/team/thumbs:1.4",
                "registry:5000/team/thumbs@sha256:abc",
                "registry:5000/team/thumbs:1.4@sha256:abc"
            })
    void isNamedByTheReferenceWithoutItsTag(String image) throws IOException {
        Path files = Files.createDirectories(images.resolve("registry:5000/team/thumbs"));

        assertThat(ImageDirectory.find(images, image)).isEqualTo(files);
    }

    @Test
    void isNone_whenThereAreNoFiles() {
        assertThat(ImageDirectory.find(images, "example/thumbs:latest")).isNull();
    }

    @Test
    void canBeNamedOutright() {
        assertThat(ImageDirectory.find(Path.of("/nowhere"), "file:" + images)).isEqualTo(images);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secrets", "a/../../b", "/etc", "a//b", ".", "a/.hidden", "a\0b", "file:/no/such"})
    void leadsNowhereElse(String image) {
        assertThatThrownBy(() -> ImageDirectory.find(images, image))
                .hasMessageStartingWith("validation failed: image: (");
    }
}
