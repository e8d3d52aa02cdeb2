package sluice.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.Revocations;
import sluice.core.Revocations.Asked;
import sluice.core.Revocations.Entry;
import sluice.core.Revocations.Kind;

/**
 * {@code /oauth/revoke}, by which whoever holds a token takes it back (RFC 7009), and {@code /system/revocations}, by which
 * those who may take back tokens of others and certificates.
 */
final class RevocationsApi {
    private static final String KIND = "kind";
    private static final String NOT_BEFORE = "not_before";
    private static final int LONGEST_VALUE = 1_024;
    private static final int LONGEST_REASON = 256;
    private static final int MOST_ON_A_PAGE = 100;

    private final Revocations revocations;

    RevocationsApi(Revocations revocations) {
        this.revocations = revocations;
    }

    Mono<Answer> revoke(ApiCall call) {
        return OAuthApi.answered(call, revocations::revoke);
    }

    Mono<Answer> add(ApiCall call) {
        String word = call.member(KIND);
        Kind kind = Kind.named(word).orElseThrow(() -> Query.invalid(KIND, word, "must be jti, sub or cert"));
        return revocations
                .add(
                        new Asked(
                                kind,
                                text(call, "issuer", LONGEST_VALUE),
                                value(call, kind),
                                until(call, kind),
                                text(call, "reason", LONGEST_REASON)),
                        call.caller().identity().subject())
                .map(entry -> Answer.json(201, RevocationBody.of(entry)));
    }

    Mono<Answer> list(ApiCall call) {
        long page = TokensApi.number(call, "page", 1, Integer.MAX_VALUE, 1);
        int size = (int) TokensApi.number(call, "page_size", 1, MOST_ON_A_PAGE, MOST_ON_A_PAGE);
        return Mono.fromSupplier(() -> {
            List<Entry> all = revocations.list();
            List<RevocationBody> shown = all.stream()
                    .skip((page - 1) * size)
                    .limit(size)
                    .map(RevocationBody::of)
                    .toList();
            return Answer.json(200, new RevocationList(shown, all.size()));
        });
    }

    Mono<Answer> lift(ApiCall call) {
        return revocations.lift(call.name()).thenReturn(Answer.empty(204));
    }

    /** A revocation as clients read it; what it is about stands under the name that its kind gives it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record RevocationBody(
            String id,
            String kind,
            @Nullable String issuer,
            @Nullable String jti,
            @Nullable String subject,
            @Nullable String sha256,

            @JsonProperty(NOT_BEFORE) @Nullable String notBefore,

            String reason,
            @JsonProperty("created_at") String createdAt,
            @JsonProperty("created_by") String createdBy,
            @JsonProperty("expires_at") String expiresAt) {
        static RevocationBody of(Entry entry) {
            Instant until = entry.until();
            return new RevocationBody(
                    entry.id(),
                    entry.kind().word(),
                    entry.kind() == Kind.CERTIFICATE ? null : entry.issuer(),
                    entry.kind() == Kind.TOKEN ? entry.value() : null,
                    entry.kind() == Kind.SUBJECT ? entry.value() : null,
                    entry.kind() == Kind.CERTIFICATE ? entry.value() : null,
                    until == null ? null : until.toString(),
                    entry.reason(),
                    entry.created().toString(),
                    entry.by(),
                    entry.expires().toString());
        }
    }

    /** A page of revocations, and how many there are on all pages. */
    record RevocationList(
            List<RevocationBody> revocations,
            @JsonProperty("total_count") int totalCount) {}

    private static String value(ApiCall call, Kind kind) {
        String field = switch (kind) {
            case TOKEN -> "jti";
            case SUBJECT -> "subject";
            case CERTIFICATE -> "sha256";
        };
        String value = text(call, field, LONGEST_VALUE);
        if (value.isEmpty()) {
            throw Query.invalid(field, value, "must be there");
        }
        return value;
    }

    private static @Nullable Instant until(ApiCall call, Kind kind) {
        String text = call.member(NOT_BEFORE);
        if (text.isEmpty()) {
            return null;
        }
        if (kind != Kind.SUBJECT) {
            throw Query.invalid(NOT_BEFORE, text, "belongs to a subject");
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw Query.invalid(NOT_BEFORE, text, "must be a time such as 2031-05-01T00:00:00Z");
        }
    }

    private static String text(ApiCall call, String field, int longest) {
        String text = call.member(field);
        if (text.length() > longest) {
            throw Query.invalid(field, text.substring(0, 32), "is longer than " + longest + " characters");
        }
        return text;
    }
}
