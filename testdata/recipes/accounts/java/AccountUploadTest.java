import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.qcloud.cos.exception.CosServiceException;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(CosemuAccount.class)
class AccountUploadTest {
  @RepeatedTest(8)
  void upload(CosemuAccount.Account account) {
    account.client().putObject(account.bucket(), "photo.jpg", "hello");
    var listed = account.client().listObjects(account.bucket()).getObjectSummaries();
    assertEquals(1, listed.size()); // and nothing of another test
    assertEquals("photo.jpg", listed.get(0).getKey());
  }

  @Test
  void refused(CosemuAccount.Account account) {
    String other = account.bucket().replaceFirst("^test", "other");
    assertThrows(CosServiceException.class, () -> account.client().putObject(other, "photo.jpg", "hello"));
    String list = account.control("GET", "/requests?verdict=refused", "");
    assertTrue(list.contains("\"code\":\"NoSuchBucket\""), list);
  }
}
