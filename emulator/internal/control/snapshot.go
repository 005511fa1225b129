package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"sync"

	"github.com/cosemu/cosemu/emulator/internal/snapshot"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const (
	snapshotPath = apiPath + "/snapshot"
	snapshotType = "application/x-tar"
)

// snapshotCalls save the buckets of an account as one file, and load them.
type snapshotCalls struct {
	*shared
	loading *sync.Mutex // files that arrived are loaded one after another, as two may name the same bucket
}

// LoadInput has the parameters of a file that is loaded. It is exported as AccountInput is.
type LoadInput struct {
	AccountInput
	Replace bool `query:"replace" doc:"Empty buckets of the file that are there already. Otherwise they are refused unless they are empty."`
}

// loaded is the answer to a file.
type loaded struct {
	Buckets []string `json:"buckets" doc:"The full names." example:"[\"photos-1250000000\"]"`
	Objects int      `json:"objects" doc:"Versions and delete markers count one by one."`
	Bytes   int64    `json:"bytes"`
}

func (c *snapshotCalls) register(api huma.API) {
	binary := map[string]*huma.MediaType{snapshotType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	save := c.operation("save-snapshot", http.MethodGet, "/snapshot", "The buckets of an account as one file", http.StatusOK, http.StatusNotFound)
	save.Description = "A tar archive with a manifest: buckets with their settings, and objects with metadata, ACL, tags and " +
		"versions. The same state makes the same bytes. Key pairs, requests and unfinished uploads are not in it. " +
		"Without account it is the configured one."
	save.Responses = map[string]*huma.Response{"200": {Description: "The file.", Content: binary}}
	huma.Register(api, save, c.save)
	load := c.operation("load-snapshot", http.MethodPost, "/snapshot", "Make the buckets of a file", http.StatusOK,
		http.StatusNotFound, http.StatusConflict, http.StatusInsufficientStorage)
	load.Description = "The file may come from another account or server: the buckets get the APPID of this account, in " +
		"policies and other settings too. Other buckets stay. A damaged file changes nothing. Versions get new ids. " +
		"Until it is loaded, the file takes its own size of the storage beside what it makes."
	load.RequestBody = &huma.RequestBody{Description: "The file, of any size.", Required: true, Content: binary}
	load.Responses = map[string]*huma.Response{"200": {
		Description: "OK",
		Content: map[string]*huma.MediaType{jsonType: {Schema: api.OpenAPI().Components.Schemas.Schema(
			reflect.TypeFor[loaded](), true, "Loaded")}},
	}}
	huma.Register(api, load, c.load)
}

// accountOf is the account of a call, by default the configured one.
func (c *snapshotCalls) accountOf(in *AccountInput) (string, error) {
	if in.Account == "" {
		if c.options.AppID == "" {
			return "", unprocessable("query.account", "say of which account")
		}
		return c.options.AppID, nil
	}
	_, err := c.account(in.Account)
	return in.Account, err
}

func (c *snapshotCalls) save(_ context.Context, in *AccountInput) (*huma.StreamResponse, error) {
	appID, err := c.accountOf(in)
	if err != nil {
		return nil, err
	}
	if err := snapshot.Fits(c.emulator.Store(), appID); errors.Is(err, snapshot.ErrTooLarge) {
		return nil, unprocessable("query.account", err.Error())
	} else if err != nil {
		return nil, c.internalError("the snapshot", err)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		_, w := humago.Unwrap(ctx)
		w.Header().Set("Content-Type", snapshotType)
		w.Header().Set("Content-Disposition", `attachment; filename="cosemu-`+appID+`.tar"`)
		if _, err := snapshot.Save(perWriteDeadline{w}, c.emulator.Store(), appID); err != nil {
			c.log.Error("control: the snapshot", "error", err)
			panic(http.ErrAbortHandler) // or a part would look like the whole
		}
	}}, nil
}

func (c *snapshotCalls) load(_ context.Context, in *LoadInput) (*huma.StreamResponse, error) {
	appID, err := c.accountOf(&in.AccountInput)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		out, err := c.loadFile(w, r, snapshot.LoadOptions{AppID: appID, Replace: in.Replace})
		extendDeadline(w, 0)
		var full *snapshot.NotEmptyError
		switch {
		case errors.Is(err, snapshot.ErrDamaged):
			problem(w, http.StatusUnprocessableEntity, err.Error())
		case errors.As(err, &full):
			problem(w, http.StatusConflict, full.Error()+"; replace=true empties it first")
		case errors.Is(err, storage.ErrFull):
			problem(w, http.StatusInsufficientStorage, "the storage is full; nothing of the file was kept")
		case errors.Is(err, errUnread):
			problem(w, http.StatusBadRequest, "the body could not be read to its end")
		case err != nil:
			c.log.Error("control: loading a snapshot", "error", err)
			problem(w, http.StatusInternalServerError, "loading the snapshot failed; the log has the cause")
		default:
			w.Header().Set("Content-Type", jsonType)
			_ = json.NewEncoder(w).Encode(loaded{append([]string{}, out.Buckets...), out.Objects, out.Bytes}) // the client may be gone
		}
	}}, nil
}

var errUnread = errors.New("the body ended early")

// loadFile keeps the body in the store until it was read twice.
func (c *snapshotCalls) loadFile(w http.ResponseWriter, r *http.Request, o snapshot.LoadOptions) (snapshot.Summary, error) {
	staged, err := c.emulator.Store().Stage(r.ContentLength)
	if err != nil {
		return snapshot.Summary{}, err
	}
	defer func() { _ = staged.Abort() }()
	body := &unread{from: patientBody{r.Body, http.NewResponseController(w)}}
	if _, err := io.Copy(staged, body); err != nil {
		if body.failed {
			err = errUnread
		}
		return snapshot.Summary{}, err
	}
	c.loading.Lock() // not before: a client that is slow to send stops no other
	defer c.loading.Unlock()
	return snapshot.Load(c.emulator.Store(), staged, staged.Size(), o)
}

// unread notes that an error came from the body, not from the store.
type unread struct {
	from   io.Reader
	failed bool
}

// Read implements io.Reader.
func (u *unread) Read(p []byte) (int, error) {
	n, err := u.from.Read(p)
	u.failed = err != nil && !errors.Is(err, io.EOF)
	return n, err
}
