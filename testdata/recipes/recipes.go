// Package recipes has a short program for each SDK. It makes an upload that the SDK signs, and a
// pre-signed URL for others. Each file runs unchanged with a cosemu that was started as its first
// lines tell. Render fills in the values of another server.
//
// The tests run curl, go, node, python, java, browser, wx, and those of S3 clients: boto3, aws-js,
// aws-go, minio-go and rclone (TestRecipes). The first lines of the
// others tell how they were checked: php, dotnet, c, cpp and android were run by hand, ios was
// compared with the source of the SDK.
package recipes

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

// The values in the files, which Render replaces.
const (
	endpoint  = "127.0.0.1:9000"
	host      = "127.0.0.1"
	port      = "9000"
	bucket    = "test-1250000000"
	appID     = "1250000000"
	region    = "ap-guangzhou"
	secretID  = "AKIDcosemuLocalUseOnlyNotARealKey000"
	secretKey = "cosemuSecretForLocalTestsOnly000"
	object    = "hello.txt"
	kind      = "text/plain"
)

//go:embed */upload* */Upload* rclone/rclone.conf
var files embed.FS

// Values are the values for Render. Empty ones leave the file as it is, apart from SecretKey.
type Values struct {
	// Endpoint is the host:port of the API.
	Endpoint string
	// Bucket is the name of the bucket with its APPID, Region its region.
	Bucket, Region string
	// SecretID and SecretKey are the key pair. Without a SecretKey the program reads
	// COSEMU_SECRET_KEY, so that no secret is printed.
	SecretID, SecretKey string
	// Token is the token of a temporary key.
	Token string
	// Key is the object key, ContentType the type that is signed.
	Key, ContentType string
}

// A recipe is a program, and how to replace values in its language.
type recipe struct {
	name, file string
	// title names the SDK in lists.
	title string
	// env is an expression that reads COSEMU_SECRET_KEY; quote is the quotation mark of the file's
	// strings.
	env, quote string
	// temporary has pairs of old and new text, which turn a permanent key into a temporary one.
	// {TOKEN} is the token.
	temporary []string
}

func all() []recipe {
	return []recipe{
		{name: "curl", file: "curl/upload.sh", title: "curl"},
		{
			name: "go", file: "go/upload.go", title: "Go: cos-go-sdk-v5", quote: `"`, env: `os.Getenv("COSEMU_SECRET_KEY")`,
			temporary: []string{
				"SecretKey: secret}", "SecretKey: secret, SessionToken: token}",
				"id, secret := ", "token := \"{TOKEN}\"\n\tid, secret := ",
				`{"Content-Type": {"` + kind + `"}}}`, `{"Content-Type": {"` + kind + `"}}, Query: &url.Values{"x-cos-security-token": {token}}}`,
			},
		},
		{
			name: "node", file: "node/upload.mjs", title: "Node.js: cos-nodejs-sdk-v5", quote: "'", env: "process.env.COSEMU_SECRET_KEY",
			temporary: []string{"  Protocol:", "  SecurityToken: '{TOKEN}',\n  Protocol:"},
		},
		{
			name: "python", file: "python/upload.py", title: "Python: cos-python-sdk-v5", quote: "'", env: "os.environ['COSEMU_SECRET_KEY']",
			temporary: []string{"    Scheme=", "    Token='{TOKEN}',\n    Scheme=", "Expired=3600,", "Expired=3600, Params={'x-cos-security-token': '{TOKEN}'},"},
		},
		{
			name: "java", file: "java/Upload.java", title: "Java: cos_api", quote: `"`, env: `System.getenv("COSEMU_SECRET_KEY")`,
			temporary: []string{
				"new BasicCOSCredentials(", "new BasicSessionCredentials(", "auth.BasicCOSCredentials;", "auth.BasicSessionCredentials;",
				"), config);", `, "{TOKEN}"), config);`,
			},
		},
		{
			name: "browser", file: "browser/upload.html", title: "Browser: cos-js-sdk-v5", quote: "'", env: "prompt('SecretKey')",
			temporary: []string{"    Protocol:", "    SecurityToken: '{TOKEN}',\n    Protocol:"},
		},
		{name: "php", file: "php/upload.php", title: "PHP: cos-sdk-v5", quote: "'", env: "getenv('COSEMU_SECRET_KEY')"},
		{name: "dotnet", file: "dotnet/Upload.cs", title: ".NET: Tencent.QCloud.Cos.Sdk", quote: `"`, env: `Environment.GetEnvironmentVariable("COSEMU_SECRET_KEY")`},
		{name: "c", file: "c/upload.c", title: "C: cos-c-sdk-v5", quote: `"`, env: `getenv("COSEMU_SECRET_KEY")`},
		{name: "cpp", file: "cpp/upload.cc", title: "C++: cos-cpp-sdk-v5", quote: `"`, env: `getenv("COSEMU_SECRET_KEY")`},
		{name: "android", file: "android/Upload.java", title: "Android: cos-android", quote: `"`, env: "BuildConfig.COSEMU_SECRET_KEY"},
		{name: "ios", file: "ios/Upload.swift", title: "iOS: QCloudCOSXML"},
		{
			name: "boto3", file: "boto3/upload.py", title: "S3, Python: boto3", quote: "'", env: "os.environ['COSEMU_SECRET_KEY']",
			temporary: []string{"    config=", "    aws_session_token='{TOKEN}',\n    config="},
		},
		{
			name: "aws-js", file: "aws-js/upload.mjs", title: "S3, Node.js and browsers: @aws-sdk v3", quote: "'", env: "process.env.COSEMU_SECRET_KEY",
			temporary: []string{"  },\n  requestChecksum", "    sessionToken: '{TOKEN}',\n  },\n  requestChecksum"},
		},
		{
			name: "aws-go", file: "aws-go/upload.go", title: "S3, Go: aws-sdk-go-v2", quote: `"`, env: `os.Getenv("COSEMU_SECRET_KEY")`,
			temporary: []string{`, ""),`, `, "{TOKEN}"),`},
		},
		{
			name: "minio-go", file: "minio-go/upload.go", title: "S3, Go: minio-go", quote: `"`, env: `os.Getenv("COSEMU_SECRET_KEY")`,
			temporary: []string{`, ""),`, `, "{TOKEN}"),`},
		},
		{
			name: "rclone", file: "rclone/rclone.conf", title: "S3: rclone",
			temporary: []string{
				"# For the cloud", "session_token = {TOKEN}\n# For the cloud", "copy photos cosemu:" + bucket + "/photos", rcloneUpload(),
			},
		},
		{name: "wx", file: "wx/upload.js", title: "Mini Program: cos-wx-sdk-v5", quote: "'", env: "getApp().globalData.COSEMU_SECRET_KEY"},
	}
}

// rcloneUpload is the command for an upload by a temporary key. It may have no right to list, so rclone
// must not look what is there.
func rcloneUpload() string {
	return "copyto FILE 'cosemu:" + bucket + "/" + object + "' --header-upload 'Content-Type: " + kind +
		"' --no-check-dest --s3-no-check-bucket --s3-no-head"
}

// Names returns the names of the recipes, the most used ones first.
func Names() []string {
	var names []string
	for _, r := range all() {
		names = append(names, r.name)
	}
	return names
}

// Title returns the SDK of a recipe, such as "Go: cos-go-sdk-v5".
func Title(name string) string {
	for _, r := range all() {
		if r.name == name {
			return r.title
		}
	}
	return ""
}

// Source returns the file of a recipe. The error means that there is no recipe with this name.
func Source(name string) (string, error) {
	_, text, err := read(name)
	return text, err
}

func read(name string) (recipe, string, error) {
	rows := all()
	at := slices.IndexFunc(rows, func(r recipe) bool { return r.name == name })
	if at < 0 {
		return recipe{}, "", fmt.Errorf("no recipe for %q: there are %s", name, strings.Join(Names(), ", "))
	}
	text, err := files.ReadFile(rows[at].file)
	return rows[at], string(text), err
}

// Render returns a recipe with the values v. The error is that of Source.
func Render(name string, v Values) (string, error) {
	r, text, err := read(name)
	if err != nil {
		return "", err
	}
	if v.Token != "" {
		text = strings.NewReplacer(r.temporary...).Replace(text)
	}
	var pairs []string
	replace := func(old, with string) {
		if with != "" {
			pairs = append(pairs, old, with)
		}
	}
	replace("{TOKEN}", v.Token)
	if v.SecretKey == "" && r.env != "" {
		replace(r.quote+secretKey+r.quote, r.env)
	}
	replace(secretKey, v.SecretKey)
	if v.SecretKey == "" {
		replace(secretKey, "$COSEMU_SECRET_KEY")
	}
	replace(secretID, v.SecretID)
	if v.Endpoint != "" {
		name, number, ok := strings.Cut(v.Endpoint, ":")
		replace(endpoint, v.Endpoint)
		replace(host, name)
		if ok {
			replace(":"+port, ":"+number)
			replace("("+port+")", "("+number+")")
		}
	}
	replace(bucket, v.Bucket)
	if _, id, ok := cutLast(v.Bucket, "-"); ok {
		replace(appID, id)
	}
	replace(region, v.Region)
	replace(object, v.Key)
	if v.Key != "" {
		replace("Key: file.name", "Key: '"+v.Key+"'")
	}
	if v.ContentType != "" {
		replace("file.type", "'"+v.ContentType+"'")
	}
	replace(kind, v.ContentType)
	return withImport(name, strings.NewReplacer(pairs...).Replace(text), r.env), nil
}

// withImport adds the import that env needs.
func withImport(name, text, env string) string {
	if env == "" || !strings.Contains(text, env) {
		return text
	}
	switch name {
	case "go":
		return strings.Replace(text, "\t\"net/url\"\n", "\t\"net/url\"\n\t\"os\"\n", 1)
	case "aws-go", "minio-go":
		return strings.Replace(text, "\t\"strings\"\n", "\t\"os\"\n\t\"strings\"\n", 1)
	case "boto3":
		return strings.Replace(text, "import boto3", "import os\n\nimport boto3", 1)
	case "python":
		return strings.Replace(text, "from qcloud_cos", "import os\n\nfrom qcloud_cos", 1)
	case "c", "cpp":
		return strings.Replace(text, "#include ", "#include <stdlib.h>\n#include ", 1)
	}
	return text
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
