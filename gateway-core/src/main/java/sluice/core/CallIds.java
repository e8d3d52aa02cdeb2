package sluice.core;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Call ids: UUIDs of version 4 in lower case (OpenFaaS gateway, {@code X-Call-Id}). They are capabilities, so their bits
 * come from a cipher stream (AES-CTR under a random key of this process): unpredictable, and without the read from the
 * system's entropy device that would block an event loop. Confined to its loop.
 */
public final class CallIds {
    /** Characters of an id. */
    public static final int LENGTH = 36;

    private static final int BATCH = 256;
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    private static final byte[] ZEROS = new byte[16 * BATCH];

    private final Cipher stream;
    private final byte[] random = new byte[16 * BATCH];
    private int used = random.length;

    private CallIds(Cipher stream) {
        this.stream = stream;
    }

    /** A key for all loops of this process; reads the entropy device, so it is not for an event loop. */
    public static byte[] newKey() {
        byte[] key = new byte[16];
        new SecureRandom().nextBytes(key);
        return key;
    }

    /** Ids that no other {@code loop} index makes under the same key. */
    public static CallIds of(byte[] key, int loop) {
        try {
            Cipher stream = Cipher.getInstance("AES/CTR/NoPadding");
            byte[] counter = new byte[16]; // the high bytes tell loops apart, the low ones count
            counter[0] = (byte) (loop >> 8);
            counter[1] = (byte) loop;
            stream.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(counter));
            return new CallIds(stream);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES in CTR mode", e);
        }
    }

    /** 32 random bits. */
    public int randomInt() {
        refill(4);
        int value = random[used] << 24
                | (random[used + 1] & 0xff) << 16
                | (random[used + 2] & 0xff) << 8
                | (random[used + 3] & 0xff);
        used += 4;
        return value;
    }

    /** An id as text. */
    public String next() {
        byte[] id = new byte[LENGTH];
        var unused = write(id, 0);
        return new String(id, StandardCharsets.US_ASCII);
    }

    /** Writes an id at {@code at}; the position behind it. */
    public int write(byte[] out, int at) {
        refill(16);
        random[used + 6] = (byte) ((random[used + 6] & 0x0f) | 0x40); // version 4
        random[used + 8] = (byte) ((random[used + 8] & 0x3f) | 0x80); // the variant of RFC 9562
        int position = at;
        for (int i = 0; i < 16; i++) {
            if (i == 4 || i == 6 || i == 8 || i == 10) {
                out[position++] = '-';
            }
            int b = random[used + i];
            out[position++] = HEX[b >> 4 & 0xf];
            out[position++] = HEX[b & 0xf];
        }
        used += 16;
        return position;
    }

    private void refill(int wanted) {
        if (used + wanted <= random.length) {
            return;
        }
        try {
            stream.update(ZEROS, 0, ZEROS.length, random, 0);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the output is as long as the input", e);
        }
        used = 0;
    }
}
