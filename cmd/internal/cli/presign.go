package cli

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/signer"
)

type presignCmd struct {
	Method   string   `help:"Method of the request." default:"PUT" enum:"GET,PUT,HEAD,DELETE,POST"`
	Bucket   string   `help:"Bucket, with its APPID (default: the first configured one)." placeholder:"NAME"`
	Key      string   `help:"Key of the object, as it is called: not encoded." required:"" placeholder:"KEY"`
	Expires  span     `help:"How long the URL is valid, from now on: 90s, 15m, 1h, 7d." default:"15m"`
	Header   []string `help:"Header to sign; it must be sent as it is. May be repeated." placeholder:"NAME:VALUE" sep:"none"`
	SecretID string   `name:"secret-id" help:"Key pair to sign with (default: the first configured one of the bucket's account). Its secret is taken from $$COSEMU_SECRET_KEY, else from the configuration; never from a flag." placeholder:"ID"`
	Endpoint string   `help:"Where the URL leads, path style (default: http:// and the configured listen address)." placeholder:"URL" xor:"where"`
	Cloud    bool     `help:"Lead to the cloud's own name of the bucket, for a client that reaches the emulator under it." xor:"where"`
	Curl     bool     `help:"Print a curl command line instead of the URL alone."`
}

// Help is the longer help of the command.
func (presignCmd) Help() string {
	return `For example:

  cosemu presign --key a.txt --curl

  cosemu presign --method GET --bucket ` + config.DefaultBucket + ` --key a.txt --expires 1h`
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
		return usageError(err.Error())
	}
	line := signed.URL
	if c.Curl {
		line = signed.Curl()
	}
	_, err = fmt.Fprintln(p.stdout, line)
	return err
}

func (c *presignCmd) input(p *process, s config.Settings) (signer.PresignInput, error) {
	in := signer.PresignInput{
		Method: c.Method, Bucket: c.Bucket, Key: c.Key, Region: s.Region,
		Start: newClock(s).Now(), Expires: time.Duration(c.Expires), Header: http.Header{},
	}
	if in.Bucket == "" && len(s.Buckets) > 0 {
		in.Bucket = s.Buckets[0].Name
	}
	if err := emulator.ValidBucket(in.Bucket); err != nil {
		return in, usageError(fmt.Sprintf("--bucket %q: %v", in.Bucket, err))
	}
	for _, b := range s.Buckets {
		if b.Name == in.Bucket {
			in.Region = b.Region
		}
	}
	for _, h := range c.Header {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return in, usageError(fmt.Sprintf("--header %q is no name:value", h))
		}
		in.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	var err error
	if in.Credentials, err = c.credentials(p, s, emulator.BucketAccount(in.Bucket)); err != nil {
		return in, err
	}
	err = c.aim(&in, s)
	return in, err
}

// aim says where the URL leads.
func (c *presignCmd) aim(in *signer.PresignInput, s config.Settings) error {
	in.Scheme = "https"
	if c.Cloud {
		return nil
	}
	in.PathStyle = true
	if c.Endpoint == "" {
		in.Scheme, in.Host = "http", callable(s.Listen)
		if strings.HasSuffix(in.Host, ":0") {
			return usageError("the API listens on a free port, so --endpoint has to say which")
		}
		if s.Strict.PathStyle && len(s.Domains) > 0 { // as the server's own URLs
			_, port, _ := net.SplitHostPort(in.Host)
			in.PathStyle, in.Host = false, net.JoinHostPort(in.Bucket+"."+s.Domains[0], port)
		}
		return nil
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return usageError(fmt.Sprintf("--endpoint %q is no http://host:port", c.Endpoint))
	}
	in.Scheme, in.Host = u.Scheme, u.Host
	return nil
}

// credentials finds the key pair to sign with.
func (c *presignCmd) credentials(p *process, s config.Settings, appID string) (signer.Credentials, error) {
	if secret := lookup(p.env, config.EnvSecretKey); secret != "" {
		if c.SecretID == "" {
			return signer.Credentials{}, usageError(config.EnvSecretKey + " is set, so --secret-id has to say whose secret it is")
		}
		return signer.Credentials{SecretID: c.SecretID, SecretKey: secret}, nil
	}
	for _, k := range s.Credentials {
		if k.SecretID == c.SecretID || (c.SecretID == "" && k.AppID == appID) {
			return signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token}, nil
		}
	}
	if c.SecretID != "" {
		return signer.Credentials{}, fmt.Errorf("no secret of %s: set %s, or configure the pair", c.SecretID, config.EnvSecretKey)
	}
	return signer.Credentials{}, errors.New("no configured key pair belongs to the bucket's account " + appID)
}
