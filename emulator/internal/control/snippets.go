package control

import (
	"net/http"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/testdata/recipes"
)

// snippets are programs that upload with a temporary key: the recipes of the README, filled in.
type snippets struct {
	Curl    string `json:"curl"`
	Go      string `json:"go" doc:"cos-go-sdk-v5"`
	Node    string `json:"node" doc:"cos-nodejs-sdk-v5"`
	Python  string `json:"python" doc:"cos-python-sdk-v5"`
	Java    string `json:"java" doc:"cos_api"`
	Browser string `json:"browser" doc:"cos-js-sdk-v5"`
	Boto3   string `json:"boto3" doc:"boto3"`
	AWSJS   string `json:"aws-js" doc:"@aws-sdk v3"`
	AWSGo   string `json:"aws-go" doc:"aws-sdk-go-v2"`
	MinioGo string `json:"minio-go" doc:"minio-go"`
	Rclone  string `json:"rclone" doc:"rclone.conf, with the command for an upload"`
}

func (c *temporaryCalls) snippets(k keyring.Key, g sts.Grant) snippets {
	contentType, key := exampleUpload(g)
	contentType = withoutQuotes(contentType)
	v := recipes.Values{
		Endpoint: c.options.API, Bucket: g.Bucket, Region: g.Region, Key: key, ContentType: contentType,
		SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token,
	}
	fill := func(name string) string {
		text, _ := recipes.Render(name, v) // fails for unknown names only
		return text
	}
	return snippets{
		Curl: c.curlSnippet(k, g, key, contentType), Go: fill("go"), Node: fill("node"),
		Python: fill("python"), Java: fill("java"), Browser: fill("browser"),
		Boto3: fill("boto3"), AWSJS: fill("aws-js"), AWSGo: fill("aws-go"), MinioGo: fill("minio-go"), Rclone: fill("rclone"),
	}
}

// exampleUpload returns a Content-Type and an object key that the grant allows.
func exampleUpload(g sts.Grant) (kind, key string) {
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
	prefix := withoutQuotes(strings.TrimSuffix(g.Prefix, "*"))
	if kind == "image/png" {
		return kind, prefix + "example.png"
	}
	return kind, prefix + "example"
}

// withoutQuotes replaces the characters that end or change a string literal in some language.
func withoutQuotes(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune("\"'`\\$", r) {
			return '_'
		}
		return r
	}, s)
}

// curlSnippet uses a URL that is signed with the key, since curl cannot sign.
func (c *temporaryCalls) curlSnippet(k keyring.Key, g sts.Grant, key, contentType string) string {
	reply, err := c.emulator.Presign(api.PresignRequest{
		Method: http.MethodPut, Bucket: g.Bucket, Key: key, SecretID: k.SecretID,
		Expires: max(k.Expires.Sub(c.emulator.Accounts().Now(k.AppID)), time.Second), Header: http.Header{"Content-Type": {contentType}},
	})
	if err != nil { // the key may have expired meanwhile
		return ""
	}
	return reply.Curl
}
