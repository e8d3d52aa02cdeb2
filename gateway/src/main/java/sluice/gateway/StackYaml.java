package sluice.gateway;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads YAML into records. Scalars keep the text they were written with ({@code 1.10} stays {@code 1.10}), a field
 * that nobody reads is told in a warning, and what cannot be read is told with file, line and field.
 */
final class StackYaml {
    private static final Logger log = LoggerFactory.getLogger(StackYaml.class);

    private StackYaml() {}

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new StartException(file + ": no such file");
        } catch (AccessDeniedException e) {
            throw new StartException(file + ": permission denied");
        } catch (IOException e) {
            throw new StartException(file + ": cannot be read as UTF-8 text");
        }
    }

    static <T> T read(Path file, String text, Class<T> type) {
        YAMLFactory factory = YAMLFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
        YAMLMapper mapper = new YAMLMapper(factory);
        mapper.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
        mapper.addHandler(new UnknownFields(file));
        try (JsonParser parser = mapper.createParser(text)) {
            if (parser.nextToken() == null || parser.currentToken() == JsonToken.VALUE_NULL) {
                throw new StartException(file + ": is empty");
            }
            return mapper.readValue(parser, type);
        } catch (JsonProcessingException e) {
            throw new StartException(file + lineOf(e) + ": " + problemOf(e));
        } catch (IOException e) {
            throw new IllegalStateException("text in memory cannot fail to be read", e);
        }
    }

    private static String lineOf(JsonProcessingException e) {
        JsonLocation location = e.getLocation();
        return location == null || location.getLineNr() < 1 ? "" : ":" + location.getLineNr();
    }

    private static String problemOf(JsonProcessingException e) {
        if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
            return (mismatch.getPath().isEmpty() ? "" : pathOf(mismatch) + ": ") + "must be "
                    + wordFor(mismatch.getTargetType());
        }
        String message = e.getOriginalMessage().lines().findFirst().orElse("cannot be read");
        return "is no YAML that can be read: " + message;
    }

    private static String pathOf(JsonMappingException e) {
        return e.getPath().stream()
                .map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName())
                .collect(Collectors.joining("."));
    }

    private static String wordFor(Class<?> type) {
        if (type == String.class) {
            return "text";
        }
        if (type == boolean.class) {
            return "true or false";
        }
        return List.class.isAssignableFrom(type) ? "a list" : "a map";
    }

    /** Names fields that are misspelled or newer than this reader; they do not keep a stack from running. */
    private static final class UnknownFields extends DeserializationProblemHandler {
        private final Path file;

        UnknownFields(Path file) {
            this.file = file;
        }

        @Override
        public boolean handleUnknownProperty(
                DeserializationContext context,
                JsonParser parser,
                JsonDeserializer<?> deserializer,
                Object beanOrClass,
                String name)
                throws IOException {
            String path = parser.getParsingContext()
                    .pathAsPointer()
                    .toString()
                    .substring(1)
                    .replace('/', '.');
            log.warn(
                    "{}:{}: {}: unknown field, ignored",
                    file,
                    parser.currentTokenLocation().getLineNr(),
                    path);
            parser.skipChildren();
            return true;
        }
    }
}
