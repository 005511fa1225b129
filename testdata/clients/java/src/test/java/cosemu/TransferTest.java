package cosemu;

import static cosemu.Endpoint.BUCKET;
import static cosemu.Endpoint.assertNotStored;
import static cosemu.Endpoint.assertRefused;
import static cosemu.Endpoint.assertStored;
import static cosemu.Endpoint.client;
import static cosemu.Endpoint.content;
import static cosemu.Endpoint.journal;
import static cosemu.Endpoint.occurrences;
import static cosemu.Endpoint.permanent;
import static cosemu.Endpoint.wrongSecret;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.qcloud.cos.auth.COSCredentials;
import com.qcloud.cos.event.ProgressEvent;
import com.qcloud.cos.event.SyncProgressListener;
import com.qcloud.cos.exception.CosClientException;
import com.qcloud.cos.model.CopyObjectRequest;
import com.qcloud.cos.model.CopyResult;
import com.qcloud.cos.model.GetObjectRequest;
import com.qcloud.cos.model.ObjectMetadata;
import com.qcloud.cos.model.PutObjectRequest;
import com.qcloud.cos.model.UploadResult;
import com.qcloud.cos.region.Region;
import com.qcloud.cos.transfer.PersistableUpload;
import com.qcloud.cos.transfer.TransferManager;
import com.qcloud.cos.transfer.Upload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large files by the SDK's TransferManager. */
class TransferTest {
  private static final int MIB = 1 << 20;
  private ExecutorService threads;
  private TransferManager manager = transfers(permanent());

  private TransferManager transfers(COSCredentials who) {
    threads = Executors.newFixedThreadPool(4);
    TransferManager manager = new TransferManager(client(who), threads);
    manager.getConfiguration().setMultipartUploadThreshold(5 * MIB);
    manager.getConfiguration().setMinimumUploadPartSize(MIB);
    manager.getConfiguration().setMultipartCopyThreshold(5 * MIB);
    manager.getConfiguration().setMultipartCopyPartSize(4 * MIB);
    return manager;
  }

  @AfterEach
  void shutDown() {
    manager.shutdownNow(true);
  }

  private static PutObjectRequest request(String key, Path file) {
    PutObjectRequest request = new PutObjectRequest(BUCKET, key, file.toFile());
    ObjectMetadata m = new ObjectMetadata();
    m.setContentType("video/mp4");
    m.addUserMetadata("run", "7 of 9");
    request.setMetadata(m);
    return request;
  }

  @Test
  void uploadCopyDownload(@TempDir Path folder) throws Exception {
    String key = "java/transfer/源 a+b.bin";
    byte[] body = content(1, 25 * MIB + 7);
    Path file = Files.write(folder.resolve("body"), body);
    UploadResult up = manager.upload(request(key, file)).waitForUploadResult();
    assertTrue(up.getETag().endsWith("-26"), up.getETag());
    assertEquals("7 of 9", manager.getCOSClient().getObjectMetadata(BUCKET, key).getUserMetaDataOf("run"));
    assertEquals(26, occurrences(journal(key, 26, "&method=PUT&brief=true"), "\"UploadPart\""));
    assertStored(key, body);

    String copy = "java/transfer/copy";
    CopyObjectRequest ask = new CopyObjectRequest(new Region(Endpoint.REGION), BUCKET, key, BUCKET, copy);
    CopyResult copied = manager.copy(ask, manager.getCOSClient(), null).waitForCopyResult();
    assertTrue(copied.getETag().endsWith("-7"), copied.getETag());
    assertEquals(7, occurrences(journal(copy, 7, "&method=PUT&brief=true"), "\"UploadPartCopy\""));
    assertStored(copy, body);

    ObjectMetadata head = manager.getCOSClient().getObjectMetadata(BUCKET, copy);
    assertEquals("video/mp4", head.getContentType());
    assertEquals(up.getCrc64Ecma(), head.getCrc64Ecma());

    Path down = folder.resolve("down");
    manager.download(BUCKET, copy, down.toFile()).waitForCompletion();
    assertArrayEquals(body, Files.readAllBytes(down));
    Path pieces = folder.resolve("pieces");
    String record = folder.resolve("record").toString();
    manager
        .download(new GetObjectRequest(BUCKET, key), pieces.toFile(), true, record, 5 * MIB, 4 * MIB)
        .waitForCompletion();
    assertArrayEquals(body, Files.readAllBytes(pieces));
    assertEquals(7, occurrences(journal(key, 7, "&method=GET&status=206&brief=true"), "\"GetObject\""));
  }

  /** An upload fails in the middle, because of a wrong clock, and is resumed. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void uploadTakenUpAgain(boolean foundByServer, @TempDir Path folder) throws Exception {
    String key = "java/transfer/again " + foundByServer;
    byte[] body = content(2, 25 * MIB);
    Path file = Files.write(folder.resolve("body"), body);
    AtomicLong sent = new AtomicLong();
    AtomicReference<Endpoint.Clock> clock = new AtomicReference<>();
    // Called by the thread that sends: the clock is wrong before the next part.
    SyncProgressListener breakDown =
        new SyncProgressListener() {
          @Override
          public void progressChanged(ProgressEvent event) {
            if (sent.addAndGet(event.getBytesTransferred()) > 12L * MIB && clock.get() == null) {
              try {
                clock.compareAndSet(null, new Endpoint.Clock("2h"));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
          }
        };
    PutObjectRequest request = request(key, file);
    request.setGeneralProgressListener(breakDown);
    Upload first = manager.upload(request);
    CosClientException e;
    try {
      e = assertThrows(CosClientException.class, first::waitForUploadResult);
      threads.shutdown();
      assertTrue(threads.awaitTermination(1, TimeUnit.MINUTES), "the other parts end as well");
      manager.shutdownNow(true);
    } finally {
      if (clock.get() != null) {
        clock.get().close();
      }
    }
    String why = e + " " + e.getCause();
    assertTrue(why.contains("Request has expired"), why);
    assertTrue(first.isResumeableMultipartUploadAfterFailed());
    PersistableUpload left = first.getResumeableMultipartUploadId();
    assertNotStored(key);

    manager = transfers(permanent());
    PutObjectRequest again = request(key, file);
    again.setEnableResumableUpload(true);
    Upload second = foundByServer ? manager.upload(again) : manager.resumeUpload(left);
    assertTrue(second.waitForUploadResult().getETag().endsWith("-25"));
    assertStored(key, body);
    // Each part was stored once, in one upload.
    String puts = journal(key, 25, "&method=PUT&verdict=accepted");
    assertEquals(25, occurrences(puts, "\"UploadPart\""));
    for (int n = 1; n <= 25; n++) {
      assertEquals(1, occurrences(puts, "partNumber=" + n + "\",\"proto\""), "part " + n);
    }
    assertEquals(1, occurrences(journal(key, 2, "&method=POST&brief=true"), "\"InitiateMultipartUpload\""));
  }

  @Test
  void wrongSecretIsRefused(@TempDir Path folder) throws Exception {
    String key = "java/transfer/wrong";
    Path file = Files.write(folder.resolve("body"), content(3, 6 * MIB));
    TransferManager wrong = transfers(wrongSecret());
    try {
      assertRefused(403, "SignatureDoesNotMatch", () -> wrong.upload(request(key, file)).waitForUploadResult());
    } finally {
      wrong.shutdownNow(true);
    }
    assertNotStored(key);
    manager.upload(request(key, file)).waitForUploadResult();
    assertStored(key, Files.readAllBytes(file));
  }
}
