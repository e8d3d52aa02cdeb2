package sluice.access;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who may use the control plane with a password. Immutable. A guess takes as long whoever is meant and whatever is wrong. */
final class Users {
    private static final int MOST = 100;

    private final List<Credentials> all;

    /**
     * These users, of which there is at least one.
     *
     * @throws IOException when there are too many, or two of one name
     */
    Users(List<Credentials> all) throws IOException {
        if (all.size() > MOST) {
            throw new IOException("there are more than " + MOST + " users");
        }
        Set<String> names = new HashSet<>();
        for (Credentials each : all) {
            if (!names.add(each.user())) {
                throw new IOException("two users have the name " + each.user());
            }
        }
        this.all = List.copyOf(all);
    }

    String first() {
        return all.get(0).user();
    }

    /** Whose {@code user:password} this is, as a request has it; null when it is nobody's. */
    @Nullable String find(byte[] pair) {
        int colon = 0;
        while (colon < pair.length && pair[colon] != ':') {
            colon++;
        }
        if (colon == pair.length || !isUtf8(pair)) {
            return null;
        }
        byte[] user = Credentials.sha256(ByteBuffer.wrap(pair, 0, colon));
        byte[] password = Credentials.sha256(ByteBuffer.wrap(pair, colon + 1, pair.length - colon - 1));
        String found = null;
        for (Credentials each : all) { // all of them, wherever it matches
            found = each.match(user, password) ? each.user() : found;
        }
        return found;
    }

    /** Whether the value of an {@code Authorization} field is the token of any of them; allocates nothing. */
    boolean hasToken(CharSequence authorization) {
        boolean isOne = false;
        for (int i = 0; i < all.size(); i++) {
            isOne |= BasicToken.is(all.get(i), authorization);
        }
        return isOne;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Users that && all.equals(that.all);
    }

    @Override
    public int hashCode() {
        return all.hashCode();
    }

    @Override
    public String toString() {
        return "Users" + all;
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
