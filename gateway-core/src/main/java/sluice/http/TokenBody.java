package sluice.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.core.PrivateTokens;

/** A token as clients read it; {@code token} itself only in the answer to whoever had it made. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record TokenBody(
        String id,
        @Nullable String token,
        @JsonProperty(TokenBody.NAMESPACE) @Nullable String namespaceId,
        @JsonProperty(TokenBody.FUNCTION) @Nullable String functionId,
        String status,

        @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String description,

        @JsonProperty("created_at") String createdAt,
        @JsonProperty("created_by") String createdBy,
        @JsonProperty("expires_at") String expiresAt,
        @JsonProperty("last_used_at") @Nullable String lastUsedAt) {
    static final String NAMESPACE = "namespace_id";
    static final String FUNCTION = "function_id";

    static TokenBody of(PrivateTokens.Token about, @Nullable String token) {
        boolean isWhole = about.scope().function().isEmpty();
        Instant used = about.lastUsed();
        return new TokenBody(
                about.id(),
                token,
                isWhole ? about.scope().namespace() : null,
                isWhole ? null : about.scope().functionId(),
                about.isRevoked() ? "revoked" : about.expires().isBefore(Instant.now()) ? "expired" : "ready",
                about.description().isEmpty() ? null : about.description(),
                about.created().toString(),
                about.by(),
                about.expires().toString(),
                used == null ? null : used.toString());
    }

    @Override
    public String toString() {
        return "TokenBody[" + id + "]";
    }

    /** A page of tokens, and how many there are on all pages. */
    record Page(
            List<TokenBody> tokens,
            @JsonProperty("total_count") int totalCount) {}

    /** A key of a namespace. */
    record Key(
            String id,
            String status,
            @JsonProperty("created_at") String createdAt,
            @JsonProperty("public_key") String publicKey) {
        static Key of(PrivateTokens.Key key) {
            return new Key(
                    key.id(),
                    key.isSigning() ? "active" : "retiring",
                    key.created().toString(),
                    key.pem());
        }
    }
}
