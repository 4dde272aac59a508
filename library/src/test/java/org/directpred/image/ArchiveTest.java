package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Unpacking, and fetching from a server on the loopback address. */
class ArchiveTest {
    private static final byte[] CONTENT = new byte[300_000];

    static {
        new Random(7).nextBytes(CONTENT);
    }

    @TempDir private Path folder;
    private HttpServer server;
    private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
    private volatile int breakAfter = -1;
    private volatile boolean ignoreRanges;
    private volatile int status;
    private volatile String wrongRange;
    private volatile int refusedRanges;
    private volatile int piece;
    private volatile String location;
    private volatile boolean chunked;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/file.bin", this::answer);
        server.createContext("/again", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        ranges.add(String.valueOf(range));
        int from =
                range == null || ignoreRanges
                        ? 0
                        : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        try (exchange) {
            if (location != null) {
                exchange.getResponseHeaders().set("Location", location);
                location = location.startsWith("/again") ? location : null;
                exchange.sendResponseHeaders(302, -1);
                return;
            }
            if (wrongRange != null && range != null) {
                exchange.getResponseHeaders().set("Content-Range", wrongRange);
                exchange.sendResponseHeaders(206, 10);
                exchange.getResponseBody().write(new byte[10]);
                return;
            }
            if (status != 0) {
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            if (refusedRanges != 0 && range != null) {
                exchange.sendResponseHeaders(refusedRanges, -1);
                return;
            }
            if (piece > 0 && from > 0 && from < CONTENT.length) {
                int end = Math.min(CONTENT.length, from + piece);
                exchange.getResponseHeaders()
                        .set(
                                "Content-Range",
                                "bytes %d-%d/%d".formatted(from, end - 1, CONTENT.length));
                exchange.sendResponseHeaders(206, end - from);
                exchange.getResponseBody().write(CONTENT, from, end - from);
                return;
            }
            if (from >= CONTENT.length) {
                exchange.getResponseHeaders().set("Content-Range", "bytes */" + CONTENT.length);
                exchange.sendResponseHeaders(416, -1);
                return;
            }
            if (from > 0) {
                exchange.getResponseHeaders()
                        .set(
                                "Content-Range",
                                "bytes "
                                        + from
                                        + "-"
                                        + (CONTENT.length - 1)
                                        + "/"
                                        + CONTENT.length);
            }
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, chunked ? 0 : CONTENT.length - from);
            int to = breakAfter < 0 ? CONTENT.length : Math.min(CONTENT.length, from + breakAfter);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(CONTENT, from, to - from);
            } catch (IOException e) {
                // Closing before all is sent is how this server breaks off.
                assertThat(breakAfter).isPositive();
            }
        }
    }

    private URI uri() {
        return URI.create(
                "http://"
                        + InetAddress.getLoopbackAddress().getHostAddress()
                        + ":"
                        + server.getAddress().getPort()
                        + "/file.bin");
    }

    @Test
    void aFileIsFetchedOnceAndChecked() throws IOException {
        Path target = folder.resolve("new/file.bin");
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(ranges).containsExactly("null");
    }

    @Test
    void aBrokenTransferGoesOnWhereItWas() throws IOException {
        Path target = folder.resolve("file.bin");
        // This server falls silent where others close the connection.
        breakAfter = 100_000;
        assertThatThrownBy(() -> Download.fetch(uri(), target, expected(Long.MAX_VALUE), 300))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("call again to go on");
        assertThat(target).doesNotExist();
        long have = Files.size(folder.resolve("file.bin.part"));
        assertThat(have).isBetween(1L, 100_000L);
        breakAfter = -1;
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
        assertThat(ranges).containsExactly("null", "bytes=" + have + "-");
        assertThat(folder.resolve("file.bin.part")).doesNotExist();
    }

    @Test
    void aWholePartAndAServerWithoutRangesBothSucceed() throws IOException {
        Path target = folder.resolve("file.bin");
        Files.write(folder.resolve("file.bin.part"), CONTENT);
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
        Files.delete(target);
        ignoreRanges = true;
        Files.write(folder.resolve("file.bin.part"), Arrays.copyOf(CONTENT, 1000));
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
    }

    @Test
    void aWrongFileIsRefusedAndNotKept() throws IOException {
        Path target = folder.resolve("file.bin");
        assertThatThrownBy(() -> Download.fetch(uri(), target, "0".repeat(32)))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("0".repeat(32))
                .hasMessageContaining(md5(CONTENT));
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
        status = 404;
        assertThatThrownBy(() -> Download.fetch(uri(), target, md5(CONTENT)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("404");
        assertThatThrownBy(() -> Download.fetch(URI.create("file:///x"), target, "0".repeat(32)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Download.Expected expected(long mostBytes) {
        return new Download.Expected(md5(CONTENT), null, mostBytes);
    }

    @Test
    void aRangeThatWasNotAskedForIsGivenUp() throws IOException {
        Path target = folder.resolve("file.bin");
        for (String range : List.of("bytes 0-9/300000", "bytes 17-26/300000", "nonsense", "")) {
            wrongRange = range;
            Files.write(folder.resolve("file.bin.part"), Arrays.copyOf(CONTENT, 1000));
            Download.fetch(uri(), target, md5(CONTENT));
            assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
            Files.delete(target);
        }
        wrongRange = null;
        // A part that is longer than the file.
        Files.write(folder.resolve("file.bin.part"), new byte[CONTENT.length + 5]);
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
    }

    @Test
    void aServerThatRefusesRangesIsAskedWithoutOne() throws IOException {
        for (int refusal : new int[] {400, 403, 405, 500, 501}) {
            Path target = folder.resolve(refusal + ".bin");
            Files.write(folder.resolve(refusal + ".bin.part"), Arrays.copyOf(CONTENT, 5000));
            refusedRanges = refusal;
            ranges.clear();
            Download.fetch(uri(), target, md5(CONTENT));
            assertThat(target).hasBinaryContent(CONTENT);
            assertThat(ranges).containsExactly("bytes=5000-", "null");
        }
        // A refusal of both is told, once.
        status = 403;
        Files.write(folder.resolve("f.part"), Arrays.copyOf(CONTENT, 5000));
        assertThatThrownBy(() -> Download.fetch(uri(), folder.resolve("f"), md5(CONTENT)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("status 403")
                .hasMessageContaining("What has arrived is in");
        assertThatThrownBy(() -> Download.fetch(uri(), folder.resolve("g"), md5(CONTENT)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("Nothing has arrived");
    }

    @Test
    void aRangeThatComesInPiecesIsPutTogether() throws IOException {
        Path target = folder.resolve("f");
        Files.write(folder.resolve("f.part"), Arrays.copyOf(CONTENT, 5000));
        piece = 100_000;
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(target).hasBinaryContent(CONTENT);
        assertThat(ranges).containsExactly("bytes=5000-", "bytes=105000-", "bytes=205000-");
    }

    @Test
    void callsForOneFileWaitForEachOther() throws Exception {
        Path target = folder.resolve("f");
        List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
        List<Thread> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread call = new Thread(() -> Download.fetch(uri(), target, md5(CONTENT)));
            call.setUncaughtExceptionHandler((t, e) -> thrown.add(e));
            calls.add(call);
        }
        calls.forEach(Thread::start);
        for (Thread call : calls) {
            call.join(60_000);
        }
        assertThat(thrown).isEmpty();
        assertThat(target).hasBinaryContent(CONTENT);
        assertThat(ranges).containsExactly("null");
        assertThat(folder.resolve("f.part")).doesNotExist();
    }

    @Test
    void anInterruptEndsTheWaitForAServer() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            URI never =
                    URI.create(
                            "http://"
                                    + InetAddress.getLoopbackAddress().getHostAddress()
                                    + ":"
                                    + silent.getLocalPort()
                                    + "/f");
            List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
            Thread waiting =
                    new Thread(
                            () -> {
                                try {
                                    Download.fetch(never, folder.resolve("f"), md5(CONTENT));
                                } catch (UncheckedIOException e) {
                                    thrown.add(e);
                                    assertThat(Thread.currentThread().isInterrupted()).isTrue();
                                }
                            });
            waiting.start();
            silent.accept();
            waiting.interrupt();
            waiting.join(10_000);
            assertThat(waiting.isAlive()).isFalse();
            assertThat(thrown).singleElement().asString().contains("interrupted");
        }
    }

    @Test
    void aWrongFileIsSaidToBeDeletedAlready() {
        assertThatThrownBy(() -> Download.fetch(uri(), folder.resolve("f"), md5(new byte[] {1})))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("has been deleted: call again");
        assertThat(folder.resolve("f.part")).doesNotExist();
    }

    @Test
    void anotherNameOfThePartKeepsItsContent() throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "precious");
        Files.createLink(folder.resolve("f.part"), precious);
        ignoreRanges = true;
        Download.fetch(uri(), folder.resolve("f"), md5(CONTENT));
        assertThat(folder.resolve("f")).hasBinaryContent(CONTENT);
        assertThat(precious).hasContent("precious");
    }

    @Test
    void aSumThatIsNoneIsRefusedBeforeAnythingIsFetched() {
        Path target = folder.resolve("file.bin");
        for (String sum : Arrays.asList(null, "", "0", "x".repeat(32), "0".repeat(64))) {
            assertThatThrownBy(() -> Download.fetch(uri(), target, sum))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("32 hexadecimal digits");
            assertThatThrownBy(() -> Archive.checkMd5(target, sum))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("32 hexadecimal digits");
        }
        assertThat(ranges).isEmpty();
    }

    @Test
    void bothSumsAreCompared() throws IOException {
        Path file = Files.write(folder.resolve("x"), CONTENT);
        Archive.checkSum(file, md5(CONTENT), sum("SHA-256", CONTENT));
        assertThatThrownBy(() -> Archive.checkSum(file, md5(CONTENT), "0".repeat(64)))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("SHA-256");
        assertThatThrownBy(() -> Archive.checkSum(file, md5(CONTENT), "0"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aLinkInThePartsPlaceIsNotWrittenThrough() throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "precious");
        Path target = folder.resolve("file.bin");
        Path part = folder.resolve("file.bin.part");
        for (Path end : List.of(precious, folder.resolve("nowhere"))) {
            Files.createSymbolicLink(part, end);
            assertThatThrownBy(() -> Download.fetch(uri(), target, md5(CONTENT)))
                    .isInstanceOf(ImageDataException.class)
                    .hasMessageContaining("file.bin.part")
                    .hasMessageContaining("remove it");
            Files.delete(part);
        }
        assertThat(precious).hasContent("precious");
        assertThat(folder.resolve("nowhere")).doesNotExist();
    }

    @Test
    void aServerThatSendsOnIsFollowedAndNotForEver() throws IOException {
        Path target = folder.resolve("file.bin");
        location = "/file.bin";
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
        Files.delete(target);
        location = "/again";
        assertThatThrownBy(() -> Download.fetch(uri(), target, md5(CONTENT)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("sends on more than 10 times");
        for (String elsewhere : List.of("file:///etc/passwd", "ftp://x/y", "::")) {
            location = elsewhere;
            assertThatThrownBy(() -> Download.fetch(uri(), target, md5(CONTENT)))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("sends on to " + elsewhere);
        }
    }

    @Test
    void moreThanTheFileHasIsNotTaken() {
        Path target = folder.resolve("file.bin");
        assertThatThrownBy(() -> Download.fetch(uri(), target, expected(299_999)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("announces 300000 bytes")
                .hasMessageContaining("at most 299999");
        chunked = true;
        assertThatThrownBy(() -> Download.fetch(uri(), target, expected(299_999)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("more than the 299999 bytes");
        Download.fetch(uri(), target, expected(300_000));
        assertThat(target).exists();
    }

    @Test
    void aMemberThatIsThereTwiceIsNamed() throws IOException {
        Tars file = new Tars().file("set/a", "1");
        for (Tars tars :
                List.of(
                        new Tars().file("set/a", "1").file("set/a", "2"),
                        new Tars().file("set/a", "1").file("./set/a", "2"),
                        new Tars().file("set/a", "1").file("set/a/b", "2"),
                        new Tars().file("set/a", "1").file("set/a/b/c", "2"),
                        new Tars().file("set/a", "1").member("set/a", '5', 0, new byte[0]),
                        new Tars().member("set/a", '5', 0, new byte[0]).file("set/a", "1"))) {
            refuses(archive(tars.end()), folder.resolve("out"), "in the way of");
        }
        Archive.unpack(archive(file.end()), folder.resolve("out"), null, 100);
    }

    @Test
    void headersDoNotEscapeTheLimit() throws IOException {
        byte[] much = new byte[64 << 20];
        for (char type : "gxLKD".toCharArray()) {
            Path bomb =
                    archive(new Tars().member("h", type, much.length, much).file("a", "1").end());
            assertThat(Files.size(bomb)).isLessThan(100_000);
            refuses(bomb, folder.resolve("out"), type == 'D' ? "tar type 'D'" : "at most 1048576");
        }
    }

    @Test
    void anotherKindOfArchiveIsCalledByItsName() throws IOException {
        Path zip = Files.write(folder.resolve("a.tar.gz"), new byte[] {'P', 'K', 3, 4, 0, 0, 0, 0});
        refuses(zip, folder.resolve("out"), "zip archive");
        Path page = Files.writeString(folder.resolve("b.tar.gz"), "<html>Not Found</html>");
        refuses(page, folder.resolve("out"), "page of a web server");
        Path python = Files.writeString(folder.resolve("cifar-10-python.tar.gz"), "x");
        assertThatThrownBy(() -> Cifar.unpack10(python, folder))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("binary version")
                .hasMessageContaining("python version");
    }

    @Test
    void anArchiveIsUnpackedWhole() throws IOException {
        Path archive =
                archive(
                        new Tars()
                                .member("set/", '5', 0, new byte[0])
                                .file("./set/a.bin", CONTENT)
                                .file("set/deep/b.txt", "b")
                                .end());
        Path target = folder.resolve("out");
        Archive.unpack(archive, target, md5(Files.readAllBytes(archive)), 1 << 20);
        assertThat(Files.readAllBytes(target.resolve("set/a.bin"))).isEqualTo(CONTENT);
        assertThat(target.resolve("set/deep/b.txt")).hasContent("b");
        refuses(archive, target, "move it away first");
    }

    @Test
    void nothingLandsOutsideTheFolder() throws IOException {
        for (String name :
                List.of(
                        "../evil",
                        "set/../../evil",
                        "/tmp/evil",
                        "..",
                        "a/..\\..\\evil",
                        ".",
                        "")) {
            Path archive = archive(new Tars().file("good", "x").file(name, "x").end());
            refuses(archive, folder.resolve("out"), "the name '" + name + "'");
        }
        assertThat(folder.resolve("evil")).doesNotExist();
        for (char type : "123467".toCharArray()) {
            if (type == '7') {
                continue;
            }
            Path archive = archive(new Tars().member("link", type, 0, new byte[0]).end());
            refuses(archive, folder.resolve("out"), "tar type '" + type + "'");
        }
    }

    @Test
    void bombsAndDamageLeaveNothingBehind() throws IOException {
        byte[] zeros = new byte[5_000_000];
        Path bomb = archive(new Tars().file("a", zeros).end());
        assertThat(Files.size(bomb)).isLessThan(20_000);
        refuses(bomb, folder.resolve("out"), "at most 1048576 bytes together");
        Path many =
                archive(new Tars().file("a", new byte[600_000]).file("b", new byte[600_000]).end());
        refuses(many, folder.resolve("out"), "more with b");
        byte[] whole = Files.readAllBytes(archive(new Tars().file("a", CONTENT).end()));
        Path cut = Files.write(folder.resolve("cut.tar.gz"), Arrays.copyOf(whole, 200_000));
        refuses(cut, folder.resolve("out"), "cut.tar.gz");
        Path text = Files.writeString(folder.resolve("text.tar.gz"), "no archive");
        refuses(text, folder.resolve("out"), "text.tar.gz");
        Path lie = archive(new Tars().member("a", '0', 900_000, new byte[100]).end());
        refuses(lie, folder.resolve("out"), "end of the archive");
        assertThatThrownBy(() -> Archive.unpack(text, folder.resolve("out"), "0".repeat(32), 1))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("md5");
        refuses(folder.resolve("none.tar.gz"), folder.resolve("out"), "none.tar.gz");
    }

    @Test
    void aDamagedEndOfTheCompressedStreamIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(archive(new Tars().file("a", "1").end()));
        Path target = folder.resolve("out");
        for (int cut : new int[] {1, 4, 8, 12}) {
            Path archive =
                    Files.write(
                            folder.resolve("cut.tar.gz"), Arrays.copyOf(whole, whole.length - cut));
            refuses(archive, target, "cut.tar.gz");
        }
        for (int at : new int[] {1, 4, 5, 8}) {
            byte[] damaged = whole.clone();
            damaged[whole.length - at] ^= 1;
            refuses(Files.write(folder.resolve("sum.tar.gz"), damaged), target, "intact gzip");
        }
        Path tail = archive(Arrays.copyOf(new Tars().file("a", "1").end(), 1 << 20));
        refuses(tail, target, "zero bytes at byte 1024");
        byte[] hole = new Tars().file("a", "1").file("b", "2").end();
        Arrays.fill(hole, 1024, 1536, (byte) 0);
        refuses(archive(hole), target, "a part of it was lost");
        Archive.unpack(archive(new Tars().file("a", "1").end()), target, null, 100);
    }

    private static void refuses(Path archive, Path target, String words) throws IOException {
        List<Path> before = listed(target);
        assertThatThrownBy(() -> Archive.unpack(archive, target, null, 1 << 20))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining(words);
        assertThat(listed(target)).isEqualTo(before);
    }

    private static List<Path> listed(Path target) throws IOException {
        if (!Files.exists(target)) {
            return List.of();
        }
        try (Stream<Path> found = Files.walk(target)) {
            return found.filter(path -> !path.equals(target)).sorted().toList();
        }
    }

    private Path archive(byte[] tar) throws IOException {
        Path path = folder.resolve("archive.tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(path))) {
            out.write(tar);
        }
        return path;
    }

    private static String md5(byte[] bytes) {
        return sum("MD5", bytes);
    }

    private static String sum(String name, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(name).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
