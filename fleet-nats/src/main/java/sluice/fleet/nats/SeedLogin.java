package sluice.fleet.nats;

import io.nats.client.AuthHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Signs a server's nonce with an nkey (Ed25519), on the JDK's own means. An nkey is base32 of a type, 32 bytes and a
 * CRC-16; a seed has two type bytes (NATS nkeys, README).
 */
final class SeedLogin implements AuthHandler {
    private static final Pattern SEED = Pattern.compile("\\bS[OAUNCX][A-Z2-7]{56}\\b");
    private static final Pattern JWT = Pattern.compile("-----BEGIN NATS USER JWT-----\\s+(\\S+)\\s+-");
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int KEY_BYTES = 32;
    private static final int USER = 20 << 3;
    private static final int CRC_BYTES = 2;

    private final KeyPair pair;
    private final String jwt;

    private SeedLogin(KeyPair pair, String jwt) {
        this.pair = pair;
        this.jwt = jwt;
    }

    /**
     * Reads a credentials file, or one with a seed alone.
     *
     * @throws IOException when it cannot be read or holds no seed; names the file, tells nothing of what is in it
     */
    static SeedLogin read(Path file) throws IOException {
        String text = Files.readString(file);
        Matcher seed = SEED.matcher(text);
        if (!seed.find()) {
            throw new IOException(file + " holds no nkey seed");
        }
        Matcher jwt = JWT.matcher(text);
        try {
            return new SeedLogin(pair(decoded(seed.group())), jwt.find() ? jwt.group(1) : "");
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(file + " holds no valid nkey seed", e);
        }
    }

    private static KeyPair pair(byte[] seed) throws GeneralSecurityException {
        byte[] secret = Arrays.copyOfRange(seed, 2, 2 + KEY_BYTES);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        generator.initialize(NamedParameterSpec.ED25519, new Fixed(secret)); // the secret is what it draws
        return generator.generateKeyPair();
    }

    @Override
    public byte[] sign(byte[] nonce) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(nonce);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot sign", e);
        }
    }

    /** The public nkey of a user. */
    @Override
    public char[] getID() {
        byte[] encoded = pair.getPublic().getEncoded(); // X.509; the key is its end
        byte[] id = new byte[1 + KEY_BYTES + CRC_BYTES];
        id[0] = (byte) USER;
        System.arraycopy(encoded, encoded.length - KEY_BYTES, id, 1, KEY_BYTES);
        int crc = crc(id, 1 + KEY_BYTES);
        id[1 + KEY_BYTES] = (byte) crc;
        id[2 + KEY_BYTES] = (byte) (crc >>> 8);
        return encoded(id).toCharArray();
    }

    @Override
    public char[] getJWT() {
        return jwt.toCharArray();
    }

    private static byte[] decoded(String text) {
        byte[] all = new byte[text.length() * 5 / 8];
        int bits = 0;
        int held = 0;
        int at = 0;
        for (int i = 0; i < text.length(); i++) {
            held = (held << 5) | BASE32.indexOf(text.charAt(i));
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                all[at++] = (byte) (held >> bits);
            }
        }
        int last = all.length - CRC_BYTES;
        if (crc(all, last) != ((all[last] & 0xff) | (all[last + 1] & 0xff) << 8)) {
            throw new IllegalArgumentException("checksum");
        }
        return all;
    }

    static String encoded(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        int bits = 0;
        int held = 0;
        for (byte b : bytes) {
            held = (held << 8) | (b & 0xff);
            bits += 8;
            while (bits >= 5) {
                bits -= 5;
                text.append(BASE32.charAt((held >> bits) & 31));
            }
        }
        return bits == 0
                ? text.toString()
                : text.append(BASE32.charAt((held << (5 - bits)) & 31)).toString();
    }

    /** CRC-16/XMODEM. */
    static int crc(byte[] bytes, int length) {
        int crc = 0;
        for (int i = 0; i < length; i++) {
            crc ^= (bytes[i] & 0xff) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = ((crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff;
            }
        }
        return crc;
    }

    /** Draws what it was given. */
    private static final class Fixed extends SecureRandom {
        private final transient byte[] drawn;

        private Fixed(byte[] drawn) {
            this.drawn = drawn;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(drawn, 0, bytes, 0, bytes.length);
        }
    }
}
