package cosemu;

import static cosemu.Endpoint.API;
import static cosemu.Endpoint.BUCKET;
import static cosemu.Endpoint.REGION;
import static cosemu.Endpoint.assertNotStored;
import static cosemu.Endpoint.assertRefused;
import static cosemu.Endpoint.assertStored;
import static cosemu.Endpoint.content;
import static cosemu.Endpoint.etag;
import static cosemu.Endpoint.permanent;
import static cosemu.Endpoint.stream;
import static cosemu.Endpoint.wrongSecret;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.COSCredentials;
import com.qcloud.cos.http.HttpProtocol;
import com.qcloud.cos.model.ObjectMetadata;
import com.qcloud.cos.model.PutObjectResult;
import com.qcloud.cos.region.Region;
import com.qcloud.cos.transfer.TransferManager;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The SDK's default endpoints, which are https, with the emulator as its proxy. The emulator's CA
 * is in the trust store of the JVM, made by {@code keytool -importcert}.
 */
class ProxiedTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @BeforeAll
  static void trust(@TempDir Path folder) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, PASSWORD);
    try (InputStream in = URI.create("http://" + Endpoint.CONSOLE + "/ca.pem").toURL().openStream()) {
      store.setCertificateEntry("cosemu", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    Path file = folder.resolve("ca.p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, PASSWORD);
    }
    System.setProperty("javax.net.ssl.trustStore", file.toString());
    System.setProperty("javax.net.ssl.trustStorePassword", new String(PASSWORD));
  }

  @AfterAll
  static void forget() {
    System.clearProperty("javax.net.ssl.trustStore");
    System.clearProperty("javax.net.ssl.trustStorePassword");
  }

  private static COSClient proxied(COSCredentials who) {
    ClientConfig config = new ClientConfig(new Region(REGION));
    assertEquals(HttpProtocol.https, config.getHttpProtocol());
    config.setHttpProxyIp(API.substring(0, API.lastIndexOf(':')));
    config.setHttpProxyPort(Integer.parseInt(API.substring(API.lastIndexOf(':') + 1)));
    return new COSClient(who, config);
  }

  private static PutObjectResult put(COSClient c, String key, byte[] body) {
    ObjectMetadata m = new ObjectMetadata();
    m.setContentLength(body.length);
    return c.putObject(BUCKET, key, stream(body), m);
  }

  @Test
  void uploads(@TempDir Path folder) throws Exception {
    byte[] body = content(7, 300_000);
    COSClient c = proxied(permanent());
    TransferManager manager = new TransferManager(c);
    try {
      assertEquals(etag(body), put(c, "java/proxied/对象 a+b", body).getETag());
      assertStored("java/proxied/对象 a+b", body);
      assertTrue(c.listBuckets().stream().anyMatch(b -> b.getName().equals(BUCKET)), "the service's own name");

      manager.getConfiguration().setMultipartUploadThreshold(1 << 20);
      manager.getConfiguration().setMinimumUploadPartSize(1 << 20);
      byte[] large = content(8, (3 << 20) + 7);
      Path file = Files.write(folder.resolve("body"), large);
      manager.upload(BUCKET, "java/proxied/large", file.toFile()).waitForUploadResult();
      assertStored("java/proxied/large", large);
    } finally {
      manager.shutdownNow(true);
    }
  }

  @Test
  void wrongSecretIsRefused() {
    COSClient c = proxied(wrongSecret());
    try {
      assertRefused(403, "SignatureDoesNotMatch", () -> put(c, "java/proxied/refused", content(9, 10)));
    } finally {
      c.shutdown();
    }
    assertNotStored("java/proxied/refused");
  }
}
