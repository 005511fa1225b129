package cli

import (
	"fmt"
	"net"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/testdata/recipes"
)

type recipeCmd struct {
	SDK      string `arg:"" optional:"" name:"sdk" help:"curl, go, node, python, java, browser, php, dotnet, c, cpp, android, ios or wx." zh:"curl、go、node、python、java、browser、php、dotnet、c、cpp、android、ios 或 wx。"`
	Endpoint string `help:"Address of the API as the program reaches it (default: the configured listen address)." placeholder:"HOST:PORT" zh:"程序访问 API 所用的地址（默认为配置的监听地址）。"`
	Bucket   string `help:"Bucket, with its APPID (default: the first configured one)." placeholder:"NAME" zh:"存储桶，带 APPID（默认为第一个配置的存储桶）。"`
	Key      string `help:"Object key." placeholder:"KEY" zh:"对象键。"`
}

// Details is the longer help of the command.
func (recipeCmd) Details() (en, zh string) {
	return `The program uploads an object, and prints a pre-signed URL for another client. The published
default SecretKey stands in it; any other is read from $COSEMU_SECRET_KEY.

  cosemu recipe node > upload.mjs`,
		`程序上传一个对象，并输出供其他客户端使用的预签名 URL。公开的默认 SecretKey 直接写在程序里，其他的从
$COSEMU_SECRET_KEY 读取。

  cosemu recipe node > upload.mjs`
}

// Run prints the recipe, filled in with the configured values.
func (c *recipeCmd) Run(p *process) error {
	if c.SDK == "" {
		return misused("which SDK? There are recipes for %s", "哪个 SDK？可选：%s", strings.Join(recipes.Names(), ", "))
	}
	if _, err := recipes.Source(c.SDK); err != nil {
		return usageError{err}
	}
	s, err := p.load()
	if err != nil {
		return err
	}
	v, err := c.values(s)
	if err != nil {
		return err
	}
	text, err := recipes.Render(c.SDK, v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.stdout, text)
	return err
}

func (c *recipeCmd) values(s config.Settings) (recipes.Values, error) {
	v := recipes.Values{Endpoint: c.Endpoint, Bucket: c.Bucket, Region: s.Region, Key: c.Key}
	if v.Endpoint == "" {
		v.Endpoint = callable(s.Listen)
	}
	v.Endpoint = strings.TrimPrefix(v.Endpoint, "http://")
	if _, port, err := net.SplitHostPort(v.Endpoint); err != nil {
		return v, misused("--endpoint %q is no host:port, such as 127.0.0.1:9000",
			"--endpoint %q 不是 host:port，例如 127.0.0.1:9000", v.Endpoint)
	} else if port == "0" {
		return v, misused("the API listens on a free port, so --endpoint has to say which", "API 的端口是任选的空闲端口，请用 --endpoint 指明")
	}
	if v.Bucket == "" && len(s.Buckets) > 0 {
		v.Bucket = s.Buckets[0].Name
	}
	if err := emulator.ValidBucket(v.Bucket); err != nil {
		return v, misused("--bucket %q: %v", "--bucket %q：%v", v.Bucket, err)
	}
	for _, b := range s.Buckets {
		if b.Name == v.Bucket && b.Region != "" {
			v.Region = b.Region
		}
	}
	for _, k := range s.Credentials {
		if k.AppID != emulator.BucketAccount(v.Bucket) || k.Temporary() {
			continue
		}
		if v.SecretID = k.SecretID; k.SecretKey == emulator.DefaultSecretKey {
			v.SecretKey = k.SecretKey
		}
		return v, nil
	}
	return v, errNoPair(emulator.BucketAccount(v.Bucket))
}
