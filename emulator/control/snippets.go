package control

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/emulator/keyring"
	"github.com/cosemu/cosemu/emulator/sts"
)

// snippets are uploads with a temporary key, one for each way in which people
// make them, as the README has them.
type snippets struct {
	Curl    string `json:"curl"`
	Go      string `json:"go" doc:"cos-go-sdk-v5"`
	Node    string `json:"node" doc:"cos-nodejs-sdk-v5"`
	Python  string `json:"python" doc:"cos-python-sdk-v5"`
	Java    string `json:"java" doc:"cos_api"`
	Browser string `json:"browser" doc:"cos-js-sdk-v5"`
}

func (h *Handler) snippets(k keyring.Key, g sts.Grant) snippets {
	api := h.options.API
	host, port, err := net.SplitHostPort(api)
	if err != nil {
		host, port = "127.0.0.1", "9000"
		api = net.JoinHostPort(host, port)
	}
	kind, key := example(g)
	kind = plain(kind)
	fill := strings.NewReplacer(
		"{id}", k.SecretID, "{secret}", k.SecretKey, "{token}", k.Token, "{bucket}", g.Bucket, "{region}", g.Region,
		"{key}", key, "{kind}", kind, "{api}", api, "{host}", host, "{port}", port, "{start}", strconv.FormatInt(h.emulator.Clock().Now().Unix(), 10),
		"{end}", strconv.FormatInt(k.Expires.Unix(), 10),
	)
	return snippets{
		Curl: h.curlSnippet(k, g, key, kind), Go: fill.Replace(goSnippet), Node: fill.Replace(nodeSnippet),
		Python: fill.Replace(pythonSnippet), Java: fill.Replace(javaSnippet), Browser: fill.Replace(browserSnippet),
	}
}

// example is a Content-Type and a key that the grant allows.
func example(g sts.Grant) (kind, key string) {
	kind = "text/plain"
	if len(g.ContentTypes) > 0 {
		kind = g.ContentTypes[0]
	}
	family, sub, _ := strings.Cut(kind, "/")
	switch {
	case sub != "*":
	case family == "image":
		kind = "image/png"
	case family == "video", family == "audio":
		kind = family + "/mp4"
	case family == "text", family == "*":
		kind = "text/plain"
	default:
		kind = family + "/octet-stream"
	}
	prefix := plain(strings.TrimSuffix(g.Prefix, "*"))
	if kind == "image/png" {
		return kind, prefix + "example.png"
	}
	return kind, prefix + "example"
}

// plain leaves out of a key what would end a text in some language.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune("\"'`\\$", r) {
			return '_'
		}
		return r
	}, s)
}

// curlSnippet is a URL signed with the key: curl makes no signatures.
func (h *Handler) curlSnippet(k keyring.Key, g sts.Grant, key, kind string) string {
	reply, err := h.emulator.Presign(emulator.PresignRequest{
		Method: http.MethodPut, Bucket: g.Bucket, Key: key, SecretID: k.SecretID,
		Expires: max(k.Expires.Sub(h.emulator.Clock().Now()), time.Second), Header: http.Header{"Content-Type": {kind}},
	})
	if err != nil { // the key may be gone already
		return ""
	}
	return reply.Curl
}

const goSnippet = `u, _ := url.Parse("http://{bucket}.cos.{region}.myqcloud.com")
local := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, "{api}")
}}
client := cos.NewClient(&cos.BaseURL{BucketURL: u}, &http.Client{Transport: &cos.AuthorizationTransport{
	SecretID:     "{id}",
	SecretKey:    "{secret}",
	SessionToken: "{token}",
	Transport:    local,
}})
_, err := client.Object.PutFromFile(context.Background(), "{key}", "FILE", &cos.ObjectPutOptions{
	ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{ContentType: "{kind}"},
})
`

const nodeSnippet = `const cos = new COS({
  SecretId: '{id}',
  SecretKey: '{secret}',
  SecurityToken: '{token}',
  Protocol: 'http:', Ip: '{api}',
});
await cos.putObject({
  Bucket: '{bucket}', Region: '{region}', Key: '{key}',
  ContentType: '{kind}', Body: fs.readFileSync('FILE'),
});
`

const pythonSnippet = `config = CosConfig(
    Region='{region}', Scheme='http', IP='{host}', Port={port},
    SecretId='{id}',
    SecretKey='{secret}',
    Token='{token}',
)
with open('FILE', 'rb') as body:
    CosS3Client(config).put_object(Bucket='{bucket}', Key='{key}', ContentType='{kind}', Body=body)
`

const javaSnippet = `COSCredentials credentials = new BasicSessionCredentials(
    "{id}",
    "{secret}",
    "{token}");
ClientConfig config = new ClientConfig(new Region("{region}"));
config.setHttpProtocol(HttpProtocol.http);
config.setEndpointResolver(new EndpointResolver() {
  public String resolveGeneralApiEndpoint(String endpoint) { return "{api}"; }
  public String resolveGetServiceApiEndpoint(String endpoint) { return "{api}"; }
});
COSClient client = new COSClient(credentials, config);
ObjectMetadata metadata = new ObjectMetadata();
metadata.setContentType("{kind}");
client.putObject(new PutObjectRequest("{bucket}", "{key}", new File("FILE")).withMetadata(metadata));
`

const browserSnippet = `// The bucket needs a CORS rule for the page, or cosemu --default-cors permissive.
const cos = new COS({
  // In a real page these come from your own server.
  getAuthorization: (_, done) => done({
    TmpSecretId: '{id}',
    TmpSecretKey: '{secret}',
    SecurityToken: '{token}',
    StartTime: {start}, ExpiredTime: {end},
  }),
  Protocol: 'http:', Domain: '{Bucket}.localhost:{port}',
});
await cos.putObject({ Bucket: '{bucket}', Region: '{region}', Key: '{key}', ContentType: '{kind}', Body: file });
`
