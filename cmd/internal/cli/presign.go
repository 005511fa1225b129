package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/signer"
)

type presignCmd struct {
	Method   string   `help:"Method of the request." default:"PUT" enum:"GET,PUT,HEAD,DELETE,POST" zh:"请求方法。"`
	Bucket   string   `help:"Bucket, with its APPID (default: the first configured one)." placeholder:"NAME" zh:"存储桶，带 APPID（默认为第一个配置的存储桶）。"`
	Key      string   `help:"Object key, not encoded." required:"" placeholder:"KEY" zh:"对象键，不要编码。"`
	Expires  span     `help:"How long the URL is valid from now on: 90s, 15m, 1h, 7d." default:"15m" zh:"从现在起 URL 的有效时长：90s、15m、1h、7d。"`
	Header   []string `help:"Header to sign. The request must send it unchanged. May be repeated." placeholder:"NAME:VALUE" sep:"none" zh:"参与签名的头部，请求必须原样发送。可以重复。"`
	SecretID string   `name:"secret-id" help:"Key pair to sign with (default: the first configured one of the bucket's account). Its SecretKey comes from $$COSEMU_SECRET_KEY, else from the configuration; never from a flag." placeholder:"ID" zh:"签名所用密钥的 SecretId（默认为存储桶所属账号的第一个密钥）。SecretKey 取自 $$COSEMU_SECRET_KEY，否则取自配置；不能用选项给出。"`
	Token    string   `help:"Token of the temporary key that --secret-id names (default: $$COSEMU_TOKEN, which other users cannot see, as they can a command line)." placeholder:"TOKEN" zh:"--secret-id 所指临时密钥的 Token（默认取自 $$COSEMU_TOKEN；其他用户能看到命令行，看不到环境变量）。"`
	Endpoint string   `help:"Where the URL leads, path-style (default: http:// and the address in --ready-file, else the configured listen address)." placeholder:"URL" xor:"where" zh:"URL 指向的地址，用 path-style（默认为 http:// 加上 --ready-file 中的地址，否则为配置的监听地址）。"`
	Cloud    bool     `help:"Use the real COS hostname, for clients that reach the emulator through a proxy." xor:"where" zh:"使用线上 COS 的域名，适合经代理访问模拟器的客户端。"`
	S3       s3Family `name:"s3" help:"Sign as S3 clients do: --s3 by version 4, --s3=v2 by version 2." zh:"按 S3 客户端的方式签名：--s3 为第 4 版，--s3=v2 为第 2 版。"`
	Curl     bool     `help:"Print a curl command line instead of the URL alone." zh:"输出 curl 命令，而不只是 URL。"`
}

// s3Family is the family of S3 that signs; none by default.
type s3Family signer.Family

// Decode reads the flag, which may stand alone.
func (f *s3Family) Decode(ctx *kong.DecodeContext) error {
	*f = s3Family(signer.AWS4)
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	switch v := ctx.Scan.Pop().String(); v {
	case "v4", "true":
	case "v2":
		*f = s3Family(signer.AWS2)
	default:
		return misused("--s3=%s is neither v4 nor v2", "--s3=%s 既不是 v4 也不是 v2", v)
	}
	return nil
}

// IsBool makes a value optional.
func (s3Family) IsBool() bool { return true }

// Details is the longer help of the command.
func (presignCmd) Details() (en, zh string) {
	return `For example:

  cosemu presign --key a.txt --curl

  cosemu presign --method GET --bucket ` + config.DefaultBucket + ` --key a.txt --expires 1h

With --ready-file it signs for the server that wrote the file, by that server's clock.`,
		`例如：

  cosemu presign --key a.txt --curl

  cosemu presign --method GET --bucket ` + config.DefaultBucket + ` --key a.txt --expires 1h

使用 --ready-file 时，为写入该文件的服务器签名，并以它的时钟为准。`
}

// Run prints the URL, or the command line.
func (c *presignCmd) Run(p *process) error {
	s, err := p.load()
	if err != nil {
		return err
	}
	in, err := c.input(p, s)
	if err != nil {
		return err
	}
	signed, err := signer.Presign(in)
	if err != nil {
		return usageError{err}
	}
	line := signed.URL
	if c.Curl {
		line = signed.Curl()
	}
	_, err = fmt.Fprintln(p.stdout, line)
	return err
}

func (c *presignCmd) input(p *process, s config.Settings) (signer.PresignInput, error) {
	server, err := p.readyServer(&s)
	if err != nil {
		return signer.PresignInput{}, err
	}
	in := signer.PresignInput{
		Method: c.Method, Family: signer.Family(c.S3), Bucket: c.Bucket, Key: c.Key, Region: s.Region,
		Start: newClock(s).Now(), Expires: time.Duration(c.Expires), Header: http.Header{},
	}
	if in.Bucket == "" && len(s.Buckets) > 0 {
		in.Bucket = s.Buckets[0].Name
	}
	if err := emulator.ValidBucket(in.Bucket); err != nil {
		return in, misused("--bucket %q: %v", "--bucket %q：%v", in.Bucket, err)
	}
	for _, b := range s.Buckets {
		if b.Name == in.Bucket {
			in.Region = b.Region
		}
	}
	for _, h := range c.Header {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return in, misused("--header %q is no name:value", "--header %q 不是 name:value", h)
		}
		in.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if in.Credentials, err = c.credentials(p, s, emulator.BucketAccount(in.Bucket)); err != nil {
		return in, err
	}
	if server {
		now, err := p.serverClock(context.Background(), s, emulator.BucketAccount(in.Bucket))
		if err != nil {
			return in, err
		}
		in.Start = now()
	}
	err = c.aim(&in, s)
	return in, err
}

// readyServer puts the address of the server that wrote the ready file into the settings. False:
// there is no such server. A file that is configured may be that of a server to come; one that was
// given as a flag must be there.
func (p *process) readyServer(s *config.Settings) (bool, error) {
	if s.ReadyFile == "" {
		return false, nil
	}
	r, err := readReadyFile(s.ReadyFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !p.settings.Given("ready-file"):
		return false, nil
	case err != nil:
		return false, err
	}
	s.Listen = r.Listen
	return true, nil
}

// aim sets scheme and host of the URL.
func (c *presignCmd) aim(in *signer.PresignInput, s config.Settings) error {
	in.Scheme = "https"
	if c.Cloud {
		return nil
	}
	in.PathStyle = true
	if c.Endpoint == "" {
		in.Scheme, in.Host = "http", callable(s.Listen)
		if strings.HasSuffix(in.Host, ":0") {
			return misused("the API listens on a free port, so --endpoint has to say which", "API 的端口是任选的空闲端口，请用 --endpoint 指明")
		}
		if s.Strict.PathStyle && len(s.Domains) > 0 { // as the server's own URLs
			_, port, _ := net.SplitHostPort(in.Host)
			in.PathStyle, in.Host = false, net.JoinHostPort(in.Bucket+"."+s.Domains[0], port)
		}
		return nil
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return misused("--endpoint %q is no http://host:port", "--endpoint %q 不是 http://host:port", c.Endpoint)
	}
	in.Scheme, in.Host = u.Scheme, u.Host
	return nil
}

// credentials finds the key pair to sign with.
func (c *presignCmd) credentials(p *process, s config.Settings, appID string) (signer.Credentials, error) {
	if secret := lang.Lookup(p.env, config.EnvSecretKey); secret != "" {
		if c.SecretID == "" {
			return signer.Credentials{}, misused("%s is set, so --secret-id has to say whose secret it is",
				"已设置 %s，还需要用 --secret-id 指明它属于哪个 SecretId", config.EnvSecretKey)
		}
		return signer.Credentials{SecretID: c.SecretID, SecretKey: secret, Token: c.token(p)}, nil
	}
	for _, k := range s.Credentials {
		if k.SecretID == c.SecretID || (c.SecretID == "" && k.AppID == appID) {
			return signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey, Token: cmp.Or(c.Token, k.Token)}, nil
		}
	}
	if c.SecretID != "" {
		return signer.Credentials{}, errNoSecret(c.SecretID)
	}
	return signer.Credentials{}, errNoPair(appID)
}

// token is that of --token, else of the environment.
func (c *presignCmd) token(p *process) string {
	return cmp.Or(c.Token, lang.Lookup(p.env, config.EnvToken))
}

// errNoPair is the error for an account without a key pair.
func errNoPair(appID string) error {
	return lang.Errorf("no configured key pair belongs to the bucket's account %s", "存储桶所属的账号 %s 没有配置密钥", appID)
}
