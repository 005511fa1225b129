package cosemu;

import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.BasicCOSCredentials;
import com.qcloud.cos.http.HttpProtocol;
import com.qcloud.cos.model.ObjectMetadata;
import com.qcloud.cos.region.Region;
import com.qcloud.cos.transfer.TransferManager;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Does what its caller asks for with the Java SDK as its documentation sets it up, so that the
 * caller can count what the SDK sends. The caller plans the faults. Each line has an operation, a
 * key and a size; the answer to it is ok or the error.
 */
class FaultDriver {
  private static final int MIB = 1 << 20;

  @Test
  void drive(@TempDir Path folder) throws Exception {
    String[] api = System.getenv("COSEMU_API").split(":");
    ClientConfig config = new ClientConfig(new Region(System.getenv("COSEMU_REGION")));
    config.setHttpProtocol(HttpProtocol.http);
    config.setHttpProxyIp(api[0]);
    config.setHttpProxyPort(Integer.parseInt(api[1]));
    COSClient client =
        new COSClient(
            new BasicCOSCredentials(System.getenv("COSEMU_SECRET_ID"), System.getenv("COSEMU_SECRET_KEY")), config);
    String[] caller = System.getenv("COSEMU_FAULT_CALLER").split(":");
    try (Socket socket = new Socket(caller[0], Integer.parseInt(caller[1]));
        OutputStream out = socket.getOutputStream();
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ");
        byte[] body = new byte[Integer.parseInt(words[2])];
        Arrays.fill(body, (byte) 'c');
        String answer = "ok";
        try {
          operate(client, words[0], words[1], body, folder);
        } catch (Exception e) { // whatever the SDK throws is what is asked for
          answer = e.toString().replaceAll("\\s+", " ");
        }
        out.write((answer + "\n").getBytes(StandardCharsets.UTF_8));
      }
    } finally {
      client.shutdown();
    }
  }

  private static void operate(COSClient client, String operation, String key, byte[] body, Path folder)
      throws Exception {
    String bucket = System.getenv("COSEMU_BUCKET");
    switch (operation) {
      case "put" -> {
        ObjectMetadata m = new ObjectMetadata();
        m.setContentLength(body.length);
        client.putObject(bucket, key, new ByteArrayInputStream(body), m);
      }
      case "get" -> {
        try (InputStream in = client.getObject(bucket, key).getObjectContent()) {
          if (!Arrays.equals(body, in.readAllBytes())) {
            throw new IOException("changed unnoticed");
          }
        }
      }
      case "head" -> client.getObjectMetadata(bucket, key);
      case "list" -> client.listObjects(bucket, key);
      case "upload" -> {
        Path file = folder.resolve("body");
        Files.write(file, body);
        TransferManager manager = new TransferManager(client, Executors.newFixedThreadPool(1));
        manager.getConfiguration().setMultipartUploadThreshold(MIB);
        manager.getConfiguration().setMinimumUploadPartSize(MIB);
        try {
          manager.upload(bucket, key, file.toFile()).waitForUploadResult();
        } finally {
          manager.shutdownNow(false);
        }
      }
      default -> throw new IllegalArgumentException(operation);
    }
  }
}
