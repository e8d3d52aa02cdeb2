package sluice.access;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import sluice.core.CallHead;

/** Fields in a buffer, as an event loop has them. */
final class Fields implements CallHead {
    private final byte[] bytes;
    private final List<int[]> positions;

    private Fields(byte[] bytes, List<int[]> positions) {
        this.bytes = bytes;
        this.positions = positions;
    }

    @Override
    public byte[] bytes() {
        return bytes;
    }

    static Fields of(String... lines) {
        StringBuilder text = new StringBuilder();
        List<int[]> positions = new ArrayList<>();
        for (String line : lines) {
            int colon = line.indexOf(": ");
            positions.add(new int[] {
                text.length(), text.length() + colon, text.length() + colon + 2, text.length() + line.length()
            });
            text.append(line).append("\r\n");
        }
        return new Fields(text.toString().getBytes(StandardCharsets.ISO_8859_1), positions);
    }

    @Override
    public int find(String name, int from) {
        for (int i = from; i < positions.size(); i++) {
            int[] at = positions.get(i);
            String known = new String(bytes, at[0], at[1] - at[0], StandardCharsets.ISO_8859_1);
            if (known.toLowerCase(Locale.ROOT).equals(name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public int valueStart(int field) {
        return positions.get(field)[2];
    }

    @Override
    public int valueEnd(int field) {
        return positions.get(field)[3];
    }
}
