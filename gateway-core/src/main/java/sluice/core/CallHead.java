package sluice.core;

/**
 * The fields of the head of a call, where the event loop has read them. Valid for as long as the method lasts to which it
 * was given, and on that thread; nothing of it may be kept but copies.
 */
public interface CallHead {
    /** Holds all values; overwritten by the next head. */
    byte[] bytes();

    /** The first field of this name, in lower case, from field {@code from} on; -1 when there is none. */
    int find(String name, int from);

    /** Where the value of a field begins. */
    int valueStart(int field);

    /** Where the value of a field ends, without white space. */
    int valueEnd(int field);
}
