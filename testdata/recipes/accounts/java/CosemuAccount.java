// Each test gets an account of its own: copy this file beside your tests. It needs
// com.qcloud:cos_api and JUnit 5 or later. Run tests in parallel with
// -Djunit.jupiter.execution.parallel.enabled=true
// -Djunit.jupiter.execution.parallel.mode.default=concurrent
import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.BasicCOSCredentials;
import com.qcloud.cos.http.HttpProtocol;
import com.qcloud.cos.region.Region;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a test method with a parameter {@code CosemuAccount.Account} an account. */
public class CosemuAccount implements ParameterResolver {
  private static final String BASE = "http://" + System.getenv().getOrDefault("COSEMU_CONSOLE", "127.0.0.1:9001");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** An account with a key pair, a bucket, a clock and requests of its own. */
  public record Account(String appid, String bucket, COSClient client) implements AutoCloseable {
    /** Makes a call of the control API for this account alone. */
    public String control(String method, String path, String json) {
      return call(method, path + (path.contains("?") ? "&" : "?") + "account=" + appid, json);
    }

    @Override
    public void close() {
      client.shutdown();
      call("DELETE", "/accounts/" + appid, "");
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Account.class;
  }

  /** JUnit closes what is in the store of a test at its end. The lease is for tests that are killed. */
  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    String made = call("POST", "/accounts", "{\"ttl\":\"10m\"}");
    URI endpoint = URI.create(field(made, "endpoint"));
    ClientConfig config = new ClientConfig(new Region(field(made, "region")));
    config.setHttpProtocol(HttpProtocol.http);
    config.setHttpProxyIp(endpoint.getHost()); // the client keeps the addresses of COS
    config.setHttpProxyPort(endpoint.getPort());
    COSClient client = new COSClient(new BasicCOSCredentials(field(made, "secret_id"), field(made, "secret_key")), config);
    String bucket = made.replaceAll("(?s).*\"buckets\":\\[\"([^\"]*)\".*", "$1");
    Account account = new Account(field(made, "appid"), bucket, client);
    context.getStore(ExtensionContext.Namespace.create(CosemuAccount.class)).put(account.appid(), account);
    return account;
  }

  private static String call(String method, String path, String json) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(BASE + "/api/v1" + path))
        .method(method, HttpRequest.BodyPublishers.ofString(json));
    if (!json.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    if (System.getenv("COSEMU_CONTROL_TOKEN") != null) {
      request.header("Authorization", "Bearer " + System.getenv("COSEMU_CONTROL_TOKEN"));
    }
    try {
      HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() >= 300) {
        throw new IllegalStateException(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
      }
      return answer.body();
    } catch (java.io.IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String field(String json, String name) {
    var found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
    if (!found.find()) {
      throw new IllegalStateException("no " + name + " in the answer");
    }
    return found.group(1);
  }
}
