import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.BasicCOSCredentials;
import com.qcloud.cos.exception.CosServiceException;
import com.qcloud.cos.http.HttpProtocol;
import com.qcloud.cos.region.Region;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

/** Tests uploads against cosemu in a container. First run {@code make image} in cosemu's repository. */
@Testcontainers
class CosemuTest {
  private static final String BUCKET = "test-1250000000";

  @Container
  private static final GenericContainer<?> COSEMU = new GenericContainer<>("cosemu")
      .withEnv("COSEMU_DATA", "") // in memory
      .withExposedPorts(9000, 9001)
      .waitingFor(Wait.forHttp("/healthz").forPort(9001));

  /** cosemu is the proxy, so the code keeps COS's addresses, and the container can have any port. */
  private static COSClient client() {
    ClientConfig config = new ClientConfig(new Region("ap-guangzhou"));
    config.setHttpProtocol(HttpProtocol.http);
    config.setHttpProxyIp(COSEMU.getHost());
    config.setHttpProxyPort(COSEMU.getMappedPort(9000));
    config.setMaxErrorRetry(0);
    return new COSClient(
        new BasicCOSCredentials("AKIDcosemuLocalUseOnlyNotARealKey000", "cosemuSecretForLocalTestsOnly000"), config);
  }

  /** Calls the control API. /api/v1/openapi.json describes it. */
  private static void control(String path, String body) throws Exception {
    URI uri = URI.create("http://" + COSEMU.getHost() + ":" + COSEMU.getMappedPort(9001) + path);
    HttpResponse<String> answer = HttpClient.newHttpClient().send(
        HttpRequest.newBuilder(uri).header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)).build(),
        HttpResponse.BodyHandlers.ofString());
    assertEquals(2, answer.statusCode() / 100, answer.body());
  }

  @BeforeEach
  void reset() throws Exception {
    control("/api/v1/reset", "");
  }

  @Test
  void uploadIsStored() {
    COSClient cos = client();
    assertFalse(cos.doesObjectExist(BUCKET, "hello.txt"));
    cos.putObject(BUCKET, "hello.txt", "hello");
    assertTrue(cos.doesObjectExist(BUCKET, "hello.txt"));
  }

  @Test
  void expiredSignatureIsRefused() throws Exception {
    control("/api/v1/clock/advance", "{\"by\":\"1d\"}");
    CosServiceException refusal =
        assertThrows(CosServiceException.class, () -> client().putObject(BUCKET, "hello.txt", "hello"));
    assertEquals("Request has expired", refusal.getErrorMessage());
  }
}
