package sluice.access.privacy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Encrypts private keys for the store: AES-256-GCM, bound to the name of what is sealed. Thread-safe. */
final class KeySeal {
    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int KEY_BYTES = 32;
    private static final int MOST_BYTES = 1_024;

    private final SecretKey key;
    private final SecureRandom random = new SecureRandom();

    private KeySeal(SecretKey key) {
        this.key = key;
    }

    /**
     * Reads the master key. Blocks.
     *
     * @throws IOException one line with the remedy, and nothing of the key
     */
    static KeySeal read(Path file) throws IOException {
        if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
            throw unusable(file);
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder()
                    .decode(Files.readString(file, StandardCharsets.ISO_8859_1).strip());
        } catch (IllegalArgumentException e) {
            throw unusable(file);
        }
        if (bytes.length != KEY_BYTES) {
            throw unusable(file);
        }
        return new KeySeal(new SecretKeySpec(bytes, "AES"));
    }

    private static IOException unusable(Path file) {
        return new IOException(file + " (SLUICE_AUTH_MASTER_KEY_FILE) must hold 32 bytes in base64, as"
                + " `openssl rand -base64 32` writes them");
    }

    byte[] seal(byte[] secret, String name) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, name).doFinal(secret);
            return ByteBuffer.allocate(NONCE_BYTES + sealed.length)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-GCM", e);
        }
    }

    /** @throws GeneralSecurityException when it was sealed under another key or name, or is damaged */
    byte[] open(byte[] sealed, String name) throws GeneralSecurityException {
        if (sealed.length <= NONCE_BYTES) {
            throw new GeneralSecurityException("too short");
        }
        byte[] nonce = java.util.Arrays.copyOf(sealed, NONCE_BYTES);
        return cipher(Cipher.DECRYPT_MODE, nonce, name).doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
    }

    private Cipher cipher(int mode, byte[] nonce, String name) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    @Override
    public String toString() {
        return "KeySeal[REDACTED]";
    }
}
