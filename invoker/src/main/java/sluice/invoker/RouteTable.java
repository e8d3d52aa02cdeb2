package sluice.invoker;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * From the bytes of a name to its {@link Route}: open addressing with linear probing. Readers never wait and never copy;
 * one writer (the feed, which is serialised) adds entries in place, which a reader sees whole or not at all, because an
 * entry is immutable and its slot is written with release order. Only growth copies the table.
 */
final class RouteTable {
    private static final int SMALLEST = 64;

    /** Immutable: that is what makes it safe to publish by one write. */
    private static final class Entry {
        final byte[] key;
        final int hash;
        final @Nullable Route route;

        Entry(byte[] key, int hash, @Nullable Route route) {
            this.key = key;
            this.hash = hash;
            this.route = route;
        }
    }

    private volatile AtomicReferenceArray<Entry> slots = new AtomicReferenceArray<>(SMALLEST);
    private int used;

    /** The route of the name in {@code name[0, length)}, or null. Any thread. */
    @Nullable Route find(byte[] name, int length) {
        AtomicReferenceArray<Entry> table = slots;
        int mask = table.length() - 1;
        int hash = hash(name, length);
        for (int at = hash & mask; ; at = (at + 1) & mask) {
            Entry entry = table.getAcquire(at);
            if (entry == null) {
                return null;
            }
            if (entry.hash == hash && Arrays.equals(entry.key, 0, entry.key.length, name, 0, length)) {
                return entry.route;
            }
        }
    }

    /** Adds or replaces; {@code null} removes. One writer at a time. */
    void put(String name, @Nullable Route route) {
        byte[] key = name.getBytes(StandardCharsets.US_ASCII);
        Entry entry = new Entry(key, hash(key, key.length), route);
        if (2 * (used + 1) > slots.length()) {
            rebuild();
        }
        place(slots, entry);
    }

    private void place(AtomicReferenceArray<Entry> table, Entry entry) {
        int mask = table.length() - 1;
        for (int at = entry.hash & mask; ; at = (at + 1) & mask) {
            Entry there = table.getPlain(at);
            if (there == null) {
                if (entry.route == null) {
                    return;
                }
                used++;
                table.setRelease(at, entry);
                return;
            }
            if (there.hash == entry.hash && Arrays.equals(there.key, entry.key)) {
                table.setRelease(at, entry); // a removed name keeps its slot until the next rebuild
                return;
            }
        }
    }

    private void rebuild() {
        AtomicReferenceArray<Entry> old = slots;
        int live = 0;
        for (int i = 0; i < old.length(); i++) {
            Entry entry = old.getPlain(i);
            live += entry != null && entry.route != null ? 1 : 0;
        }
        AtomicReferenceArray<Entry> fresh =
                new AtomicReferenceArray<>(Math.max(SMALLEST, Integer.highestOneBit(4 * (live + 1))));
        used = 0;
        for (int i = 0; i < old.length(); i++) {
            Entry entry = old.getPlain(i);
            if (entry != null && entry.route != null) {
                place(fresh, entry);
            }
        }
        slots = fresh;
    }

    private static int hash(byte[] bytes, int length) {
        int hash = length;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash ^ hash >>> 15;
    }
}
