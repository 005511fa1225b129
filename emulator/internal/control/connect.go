package control

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/storage"
	"github.com/cosemu/cosemu/testdata/recipes"
	"github.com/danielgtaylor/huma/v2"
)

// connectCalls tell a client how to reach the server.
type connectCalls struct{ *shared }

// connection is what a client needs to know.
type connection struct {
	Endpoint  string        `json:"endpoint" example:"http://127.0.0.1:9000" doc:"Where the COS API listens."`
	AppID     string        `json:"appid,omitempty" doc:"The account of the bucket."`
	Bucket    string        `json:"bucket,omitempty" doc:"Its full name. Absent where there is no bucket."`
	Region    string        `json:"region,omitempty"`
	SecretID  string        `json:"secret_id,omitempty" doc:"Of a permanent key pair of the account. Absent where it has none."`
	SecretKey string        `json:"secret_key,omitempty" doc:"Only that of the published default pair, which is no secret. Any other one is in $COSEMU_SECRET_KEY of the client."`
	Version   string        `json:"version"`
	Curl      string        `json:"curl,omitempty" doc:"A command line that uploads, with a URL that is valid for a day."`
	Recipes   []RecipeTitle `json:"recipes" doc:"The programs that /recipes/{name} returns, the most used ones first."`
}

// RecipeTitle names a recipe. It is exported as AccountInput is.
type RecipeTitle struct {
	Name  string `json:"name" example:"go"`
	Title string `json:"title" example:"Go: cos-go-sdk-v5"`
}

// ConnectInput says which bucket a client uses. It is exported as AccountInput is.
type ConnectInput struct {
	AccountInput
	Bucket string `query:"bucket" maxLength:"255" doc:"The bucket to use. Default: the first one of the account, or of the configuration."`
}

type connectOutput struct{ Body connection }

type recipeInput struct {
	ConnectInput
	Name string `path:"name" doc:"The name of a recipe, as /connect lists them."`
	Key  string `query:"key" maxLength:"850" doc:"The object key to upload to. Default: hello.txt."`
}

type recipeOutput struct {
	Body struct {
		RecipeTitle
		Text string `json:"text" doc:"The program. It reads COSEMU_SECRET_KEY, unless the key pair is the published one."`
	}
}

func (c *connectCalls) register(api huma.API) {
	huma.Register(api, c.operation("connect", http.MethodGet, "/connect",
		"What a client needs to reach the server: address, key pair, bucket, a command line", http.StatusOK, http.StatusNotFound), c.connect)
	huma.Register(api, c.operation("recipe", http.MethodGet, "/recipes/{name}",
		"A program that uploads with an SDK, filled in for the server", http.StatusOK, http.StatusNotFound), c.recipe)
}

// place is a bucket and a key pair that opens it.
func (c *connectCalls) place(in *ConnectInput) (storage.Bucket, keyring.Key, error) {
	list, err := c.bucketsOf(in.Account)
	if err != nil {
		return storage.Bucket{}, keyring.Key{}, err
	}
	var b storage.Bucket
	switch at := slices.IndexFunc(list, func(b storage.Bucket) bool { return b.Name == in.Bucket }); {
	case in.Bucket != "" && at < 0:
		return b, keyring.Key{}, huma.Error404NotFound("no such bucket")
	case in.Bucket != "":
		b = list[at]
	default:
		// The configured account comes first, even if its number does not.
		own := slices.IndexFunc(list, func(b storage.Bucket) bool { return addr.AppID(b.Name) == c.options.AppID })
		if len(list) > 0 {
			b = list[max(own, 0)]
		}
	}
	return b, c.permanentKey(cmp.Or(addr.AppID(b.Name), in.Account, c.options.AppID)), nil
}

// permanentKey returns a permanent key pair of an account, if possible one that no policy limits.
func (s *shared) permanentKey(appID string) keyring.Key {
	var limited keyring.Key
	for _, k := range s.emulator.Keys().Account(appID) {
		switch {
		case k.Temporary():
		case k.Rights == nil:
			return k
		case limited.SecretID == "":
			limited = k
		}
	}
	return limited
}

// publishedSecret returns the SecretKey of the default pair, and "" for any other pair.
func publishedSecret(k keyring.Key) string {
	if k.SecretKey == api.DefaultSecretKey {
		return k.SecretKey
	}
	return ""
}

func (c *connectCalls) connect(_ context.Context, in *ConnectInput) (*connectOutput, error) {
	b, k, err := c.place(in)
	if err != nil {
		return nil, err
	}
	out := &connectOutput{connection{
		Endpoint: "http://" + c.options.API, AppID: k.AppID, Bucket: b.Name, Region: b.Region,
		SecretID: k.SecretID, SecretKey: publishedSecret(k), Version: cmp.Or(c.options.Version, "devel"),
	}}
	for _, name := range recipes.Names() {
		out.Body.Recipes = append(out.Body.Recipes, RecipeTitle{name, recipes.Title(name)})
	}
	if b.Name != "" && k.SecretID != "" {
		reply, err := c.emulator.Presign(api.PresignRequest{
			Method: http.MethodPut, Bucket: b.Name, Key: "hello.txt", Expires: 24 * time.Hour, SecretID: k.SecretID,
		})
		if err == nil { // else the key pair or the bucket went away meanwhile
			out.Body.Curl = "echo hello | curl -T - " + shellQuote(reply.URL)
		}
	}
	return out, nil
}

func (c *connectCalls) recipe(_ context.Context, in *recipeInput) (*recipeOutput, error) {
	if !slices.Contains(recipes.Names(), in.Name) {
		return nil, huma.Error404NotFound("no recipe of this name")
	}
	b, k, err := c.place(&in.ConnectInput)
	if err != nil {
		return nil, err
	}
	text, err := recipes.Render(in.Name, recipes.Values{
		Endpoint: c.options.API, Bucket: b.Name, Region: b.Region, SecretID: k.SecretID, SecretKey: publishedSecret(k),
		Key: withoutQuotes(in.Key),
	})
	if err != nil {
		return nil, c.internalError("filling in the recipe", err)
	}
	out := &recipeOutput{}
	out.Body.RecipeTitle = RecipeTitle{in.Name, recipes.Title(in.Name)}
	out.Body.Text = text
	return out, nil
}
