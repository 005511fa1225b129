package cosemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.BasicCOSCredentials;
import com.qcloud.cos.auth.BasicSessionCredentials;
import com.qcloud.cos.auth.COSCredentials;
import com.qcloud.cos.endpoint.EndpointResolver;
import com.qcloud.cos.exception.CosServiceException;
import com.qcloud.cos.http.HttpProtocol;
import com.qcloud.cos.region.Region;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.function.Executable;

/** The running emulator, from the environment (../README.md). */
final class Endpoint {
  static final String API = required("COSEMU_API"); // host:port
  static final String BUCKET = required("COSEMU_BUCKET");
  static final String REGION = required("COSEMU_REGION");
  static final String SECRET_ID = required("COSEMU_SECRET_ID");
  static final String SECRET_KEY = required("COSEMU_SECRET_KEY");
  static final String HOST = BUCKET + ".cos." + REGION + ".myqcloud.com";
  static final String CONSOLE = required("COSEMU_CONSOLE");

  private Endpoint() {}

  private static String required(String name) {
    String value = System.getenv(name);
    // Fail and do not skip, so that a run without tests does not pass.
    if (value == null || value.isEmpty()) {
      throw new IllegalStateException(name + " is not set: start this suite with ../run java");
    }
    return value;
  }

  static COSCredentials permanent() {
    return new BasicCOSCredentials(SECRET_ID, SECRET_KEY);
  }

  static COSCredentials wrongSecret() {
    return new BasicCOSCredentials(SECRET_ID, SECRET_KEY + "x");
  }

  static COSCredentials temporary(String tokenSuffix) {
    return new BasicSessionCredentials(
        required("COSEMU_TEMP_SECRET_ID"),
        required("COSEMU_TEMP_SECRET_KEY"),
        required("COSEMU_TEMP_TOKEN") + tokenSuffix);
  }

  /** A client that connects to the emulator's address and keeps the COS hosts. */
  static COSClient client(COSCredentials credentials) {
    return client(credentials, REGION);
  }

  /** {@link #client(COSCredentials)} with another region, such as {@code accelerate}. */
  static COSClient client(COSCredentials credentials, String region) {
    ClientConfig config = new ClientConfig(new Region(region));
    config.setHttpProtocol(HttpProtocol.http);
    config.setEndpointResolver(
        new EndpointResolver() {
          @Override
          public String resolveGeneralApiEndpoint(String endpoint) {
            return API;
          }

          @Override
          public String resolveGetServiceApiEndpoint(String endpoint) {
            return API;
          }
        });
    return new COSClient(credentials, config);
  }

  /** {@code size} bytes made from {@code seed}. */
  static byte[] content(long seed, int size) {
    byte[] b = new byte[size];
    new Random(seed).nextBytes(b);
    return b;
  }

  static InputStream stream(byte[] b) {
    return new ByteArrayInputStream(b);
  }

  /** The ETag, without quotes, of a body that is uploaded in one request. */
  static String etag(byte[] body) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Checks that the content of {@code key} is exactly {@code body}. */
  static void assertStored(String key, byte[] body) throws IOException {
    COSClient c = client(permanent());
    try (InputStream in = c.getObject(BUCKET, key).getObjectContent()) {
      assertArrayEquals(body, in.readAllBytes(), key);
    } finally {
      c.shutdown();
    }
  }

  /** Checks that a refused upload stored nothing. */
  static void assertNotStored(String key) {
    COSClient c = client(permanent());
    try {
      assertFalse(c.doesObjectExist(BUCKET, key), key);
    } finally {
      c.shutdown();
    }
  }

  /** Checks that {@code call} fails with this status and code. */
  static CosServiceException assertRefused(int status, String code, Executable call) {
    CosServiceException e = assertThrows(CosServiceException.class, call);
    assertEquals(status, e.getStatusCode(), e.toString());
    assertEquals(code, e.getErrorCode(), e.toString());
    assertNotNull(e.getRequestId());
    return e;
  }

  /** The answer on a plain connection. */
  record Answer(int status, String etag, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /** Sends a request to the emulator with the host of {@code url}. */
  static Answer send(String method, URL url, Map<String, String> headers, byte[] body)
      throws IOException {
    URL aimed = URI.create(url.toString().replace(url.getAuthority(), API)).toURL();
    HttpURLConnection c = (HttpURLConnection) aimed.openConnection();
    c.setInstanceFollowRedirects(false);
    c.setRequestMethod(method);
    c.setRequestProperty("Host", url.getAuthority());
    headers.forEach(c::setRequestProperty);
    if (body != null) {
      c.setDoOutput(true);
      c.setFixedLengthStreamingMode(body.length);
      try (var out = c.getOutputStream()) {
        out.write(body);
      }
    }
    int status = c.getResponseCode();
    try (InputStream in = status < 400 ? c.getInputStream() : c.getErrorStream()) {
      return new Answer(status, c.getHeaderField("ETag"), in == null ? new byte[0] : in.readAllBytes());
    }
  }

  /**
   * The requests for {@code key} in the journal, as JSON, newest first, once there are {@code
   * count}. The filters are query parameters of the control API, each with its {@code &}.
   */
  static String journal(String key, int count, String filters) throws IOException {
    String query = "?key=" + URLEncoder.encode(key, StandardCharsets.UTF_8) + "&count=" + count + filters;
    URL url = URI.create("http://" + CONSOLE + "/api/v1/requests/wait" + query).toURL();
    HttpURLConnection c = (HttpURLConnection) url.openConnection();
    assertEquals(200, c.getResponseCode(), query);
    try (InputStream in = c.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** How often {@code text} contains {@code part}. */
  static int occurrences(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }

  /** The emulator's clock, moved by an offset such as "2h" or "-20m" until closed. */
  static final class Clock implements AutoCloseable {
    Clock(String offset) throws IOException {
      set("PUT", ("{\"offset\":\"" + offset + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
      set("DELETE", null);
    }

    private static void set(String method, byte[] body) throws IOException {
      URL url = URI.create("http://" + CONSOLE + "/api/v1/clock").toURL();
      HttpURLConnection c = (HttpURLConnection) url.openConnection();
      c.setRequestMethod(method);
      if (body != null) {
        c.setDoOutput(true);
        c.setRequestProperty("Content-Type", "application/json");
        try (var out = c.getOutputStream()) {
          out.write(body);
        }
      }
      assertEquals(2, c.getResponseCode() / 100, method + " " + url);
    }
  }
}
