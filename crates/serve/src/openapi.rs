//! The service's description of itself.

use crate::routes;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// All paths.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "mend serve",
        description = "Verdicts on programs, rewards, and programs that run as they stand. docs/serve.md says more."
    ),
    paths(
        routes::about::health,
        routes::about::metrics,
        routes::about::openapi,
        routes::about::datasets,
        routes::about::dataset,
        routes::judge::judge,
        routes::batch::batch,
        routes::run_code::run_code,
        routes::piston::execute,
        routes::piston::runtimes,
        routes::reward::reward
    ),
    modifiers(&Bearer)
)]
struct Paths;

/// The token that a service may want.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        // Or none: where nobody set one.
        let none = SecurityRequirement::default();
        document.security = Some(vec![none, SecurityRequirement::new("token", Vec::<String>::new())]);
    }
}

/// The document.
pub(crate) fn document() -> Document {
    Paths::openapi()
}
